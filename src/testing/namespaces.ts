/** Network namespaces for interop tests: hosts on one machine, joined by virtual cables. Needs root and Linux. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

/** Why namespaces cannot be used here; undefined where they can. */
export function namespacesUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    execFileSync('ip', ['netns', 'list'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'the command `ip` (Debian: iproute2) is missing: npm run test:setup';
  }
}

/** Whether a program is installed; Debian keeps routers in /usr/sbin. */
export function programPath(name: string): string | undefined {
  try {
    const path = `${process.env.PATH}:/usr/sbin:/sbin`;
    return execFileSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH: path } })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

export interface Namespace {
  readonly name: string;
  /** Runs to the end and returns standard output; throws where it fails. */
  run(command: string, ...args: string[]): string;
  /** Starts a process; the namespace ends it, too, when it goes. */
  start(
    command: string,
    args: readonly string[],
    env?: Record<string, string>,
    stdin?: 'ignore' | 'pipe',
  ): ChildProcess;
  remove(): void;
}

let serial = 0;

/** A namespace with its loopback up. Names carry this process's id, so parallel runs do not meet. */
export function makeNamespace(purpose: string): Namespace {
  const name = `nc${process.pid}-${serial++}-${purpose}`;
  execFileSync('ip', ['netns', 'add', name]);
  const children: ChildProcess[] = [];
  const namespace: Namespace = {
    name,
    run: (command, ...args) =>
      execFileSync('ip', ['netns', 'exec', name, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }).toString(),
    start(command, args, env = {}, stdin = 'ignore') {
      const child = spawn('ip', ['netns', 'exec', name, command, ...args], {
        stdio: [stdin, 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      children.push(child);
      return child;
    },
    remove() {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
      // What the children left behind (an edge outlives its agent) still stands in the namespace.
      const left = execFileSync('ip', ['netns', 'pids', name]).toString().trim();
      for (const pid of left.split('\n').filter((line) => line !== '')) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // it ended by itself meanwhile
        }
      }
      execFileSync('ip', ['netns', 'delete', name]);
    },
  };
  namespace.run('ip', 'link', 'set', 'lo', 'up');
  return namespace;
}

/** Lays a cable between two namespaces; each end gets its addresses (with prefix length). */
export function connect(
  a: { namespace: Namespace; device: string; addresses: readonly string[] },
  b: { namespace: Namespace; device: string; addresses: readonly string[] },
): void {
  a.namespace.run('ip', 'link', 'add', a.device, 'type', 'veth', 'peer', 'name', b.device, 'netns', b.namespace.name);
  for (const end of [a, b]) {
    for (const address of end.addresses) end.namespace.run('ip', 'address', 'add', address, 'dev', end.device);
    end.namespace.run('ip', 'link', 'set', 'dev', end.device, 'up');
  }
}
