/** Processes of a benchmark: started pinned to a core, measured by the kernel's account of their CPU time, ended by id. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

export function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command} || test -x /usr/sbin/${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const canPin = cpus().length > 1 && isInstalled('taskset');

/** The command that runs `command` on one core, where that can be had. */
export function pinned(core: number, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]];
}

export interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  /** User and system time since its start, in seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const ticksPerSecond = 100;

/** Starts a server on a core and waits until its port accepts. `taskset` replaces itself, so the id is the server's. */
export async function startServer(options: {
  command: string;
  args: readonly string[];
  port: number;
  core: number;
}): Promise<Server> {
  const [command, args] = pinned(options.core, options.command, options.args);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000);
  });
  for (let tries = 0; !(await accepts(options.port)); tries++) {
    if (child.exitCode !== null || tries > 500) throw new Error(`${options.command} did not start: ${complaint}`);
    await pause(20);
  }
  return {
    process: child,
    port: options.port,
    cpuSeconds() {
      // proc(5): after the name in parentheses, utime and stime are the 12th and 13th fields.
      const text = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        child.on('exit', () => resolve());
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
      }),
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const { createServer } = await import('node:net');
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<import('node:net').Server>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as import('node:net').AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
