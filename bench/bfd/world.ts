/**
 * Three hosts in network namespaces: ours and a BIRD, each on a cable of its own to a third, whose BIRD is the peer of both.
 *
 * Several sessions a cable, each between addresses of its own: one death of the peer is then seen that many times by each side.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { BfdChange, BfdSessionConfig, BfdStatus } from '../../src/bfd/bfd.ts';
import { connect, makeNamespace, type Namespace, programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

export interface WorldOptions {
  readonly intervalMs: number;
  /** Sessions of each side. */
  readonly sessions: number;
  /** Our main thread loads one full table after the other. */
  readonly loadTables?: boolean;
  /** The peer is spared the fight for the processor, as if it were another machine. */
  readonly peerFirst?: boolean;
  /** BIRD is measured, too. */
  readonly besideBird: boolean;
}

export interface World {
  readonly ours: Ours;
  readonly bird: Bird | undefined;
  readonly peer: Bird;
  remove(): void;
}

export const multiplier = 3;

const local = (cable: number, index: number): string => `10.0.${cable}.${1 + index}`;
const remote = (cable: number, index: number): string => `10.0.${cable}.${101 + index}`;

export async function makeWorld(options: WorldOptions): Promise<World> {
  const { intervalMs, sessions, besideBird, loadTables = false, peerFirst = false } = options;
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bfd-'));
  const [us, other, them] = [makeNamespace('us'), makeNamespace('bird'), makeNamespace('peer')];
  const remove = (): void => {
    for (const namespace of [us, other, them]) namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const indexes = Array.from({ length: sessions }, (_, index) => index);
    for (const [cable, namespace] of [us, other].entries()) {
      connect(
        { namespace, device: 'up0', addresses: indexes.map((index) => `${local(cable, index)}/24`) },
        { namespace: them, device: `down${cable}`, addresses: indexes.map((index) => `${remote(cable, index)}/24`) },
      );
    }
    const cables = besideBird ? [0, 1] : [0];
    const peer = new Bird(them, directory, 'peer', { intervalMs, first: peerFirst });
    peer.start(
      cables.flatMap((cable) =>
        indexes.map((index) => ({ here: remote(cable, index), there: local(cable, index), device: `down${cable}` })),
      ),
    );
    const bird = besideBird ? new Bird(other, directory, 'bird', { intervalMs, first: false }) : undefined;
    bird?.start(indexes.map((index) => ({ here: local(1, index), there: remote(1, index), device: 'up0' })));
    const timers = { desiredMinTxMs: intervalMs, requiredMinRxMs: intervalMs, detectMultiplier: multiplier };
    const ours = new Ours(us, {
      loadTables,
      sessions: indexes.map((index) => {
        const remoteAddress = remote(0, index);
        return { id: remoteAddress, localAddress: local(0, index), remoteAddress, timers };
      }),
    });
    return { ours, bird, peer, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

export interface OursTask {
  readonly sessions: readonly BfdSessionConfig[];
  readonly loadTables: boolean;
}

/** What our process says, a line each. */
export type OursLine =
  | { readonly at: number; readonly change: BfdChange }
  /** With what the main thread has taken in of tables. */
  | { readonly status: BfdStatus; readonly bytesLoaded: number };

export class Ours {
  readonly child: ChildProcess;
  readonly changes: Extract<OursLine, { at: number }>[] = [];
  readonly statuses: Extract<OursLine, { status: BfdStatus }>[] = [];
  #errors = '';

  constructor(namespace: Namespace, task: OursTask) {
    this.child = namespace.start(process.execPath, [resolve('bench/bfd/ours.ts'), JSON.stringify(task)]);
    this.child.stderr?.on('data', (data) => {
      this.#errors += String(data);
    });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const told = JSON.parse(line) as OursLine;
      if ('change' in told) this.changes.push(told);
      else this.statuses.push(told);
    });
  }

  async status(): Promise<BfdStatus & { readonly bytesLoaded: number }> {
    if (this.child.exitCode !== null) throw new Error(`our process has ended: ${this.#errors}`);
    const before = this.statuses.length;
    this.child.kill('SIGUSR2');
    const { status, bytesLoaded } = await waitFor('our status', () => this.statuses[before]);
    return { ...status, bytesLoaded };
  }

  /** When each session was lost after `since`, by the clock of the machine in ms. */
  losses(since: number): readonly number[] {
    return this.changes.filter(({ at, change }) => change.type === 'down' && at >= since).map(({ at }) => at);
  }

  async up(): Promise<boolean> {
    return (await this.status()).sessions.every(({ state }) => state === 'up');
  }
}

interface Neighbor {
  readonly here: string;
  readonly there: string;
  readonly device: string;
}

export class Bird {
  readonly #namespace: Namespace;
  readonly #path: (kind: string) => string;
  readonly #options: { readonly intervalMs: number; readonly first: boolean };
  #child: ChildProcess | undefined;
  #neighbors = 0;

  constructor(
    namespace: Namespace,
    directory: string,
    name: string,
    options: { readonly intervalMs: number; readonly first: boolean },
  ) {
    this.#namespace = namespace;
    this.#path = (kind) => join(directory, `${name}.${kind}`);
    this.#options = options;
  }

  start(neighbors: readonly Neighbor[]): void {
    this.#neighbors = neighbors.length;
    const { intervalMs, first } = this.#options;
    const lines = neighbors.map(({ here, there, device }) => `  neighbor ${there} dev "${device}" local ${here};`);
    writeFileSync(
      this.#path('conf'),
      `
log "${this.#path('log')}" all;
timeformat log "%s.%6f";
router id ${neighbors[0]?.here};
protocol device { }
protocol bfd {
  debug { events };
  interface "*" { interval ${intervalMs} ms; idle tx interval 1 s; multiplier ${multiplier}; };
${lines.join('\n')}
}
`,
    );
    const command = [programPath('bird') as string, '-f', '-c', this.#path('conf'), '-s', this.#path('ctl')];
    const [program, ...words] = first ? ['chrt', '-f', '2', ...command] : command;
    this.#child = this.#namespace.start(program as string, words);
  }

  /** Falls silent in the middle of whatever it does, or goes on. Answers when, by the clock of the machine in ms. */
  silent(yes: boolean): number {
    const at = performance.timeOrigin + performance.now();
    // `ip netns exec` and `chrt` replace themselves by the program, so the child's id is the daemon's.
    this.#child?.kill(yes ? 'SIGSTOP' : 'SIGCONT');
    return at;
  }

  up(): boolean {
    const table = this.#namespace.run('birdc', '-s', this.#path('ctl'), 'show', 'bfd', 'sessions');
    return table.match(/\bUp\b/g)?.length === this.#neighbors;
  }

  /** When each session was lost after `since`, by the clock of the machine in ms. */
  losses(since: number): readonly number[] {
    const log = readFileSync(this.#path('log'), 'utf8');
    return [...log.matchAll(/^(\d+\.\d+) .* expired/gm)]
      .map(([, seconds]) => 1000 * Number(seconds))
      .filter((at) => at >= since);
  }
}
