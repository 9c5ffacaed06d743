/**
 * A full table into our speaker and out again, beside other routers.
 *
 * Taken in: a BIRD holds 1,000,000 prefixes of IPv4 in 100,000 sets of attributes, and each router in turn gets them from it, then
 * has them withdrawn. Passed on: each router gets 100,000 routes from one peer and tells them to another.
 * Three rounds in turns for the second, the median counts; one for the first, which takes minutes.
 * The router that is measured has one core, everything else the other. CPU time is the whole process's from its start, memory what is
 * resident when it has come to rest.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Namespace, namespacesUnavailable } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';
import { type Bench, type BenchOptions, type Figure, median } from '../bench.ts';
import { addresses, type BenchNetwork, cpuSeconds, idle, makeNetwork, residentMegabytes } from './network.ts';
import { bird, birdCommand, frr, gobgp, hubIsUp, nearcast, type RouterKind } from './routers.ts';

const secondsAtMost = 900;

/** A router with a large table rests now and then. */
function patience(count: number) {
  return { quietMs: count > 1000 ? 3000 : 300, secondsAtMost };
}

export const bench: Bench = {
  async run(options) {
    const unavailable = namespacesUnavailable();
    if (unavailable !== undefined) throw new Error(unavailable);
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-bench-'));
    try {
      return [...(await takenIn(directory, options)), ...(await passedOn(directory, options))];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

interface Taken {
  readonly who: string;
  readonly cpu: number;
  readonly memory: number;
  readonly withdrawnCpu: number;
  readonly withdrawnMemory: number;
}

async function takenIn(directory: string, { small, say }: BenchOptions): Promise<readonly Figure[]> {
  const count = small ? 1000 : 1_000_000;
  const taken: Taken[] = [];
  for (const kind of [nearcast, bird, gobgp]) {
    const one = await inNetwork((network) => takeIn(network, directory, kind, count));
    if (one === undefined) say(`${kind.who} is missing: npm run test:setup`);
    else
      say(
        `${one.who}: ${one.cpu.toFixed(2)} s, ${one.memory.toFixed(0)} MB; withdrawn ${one.withdrawnCpu.toFixed(2)} s`,
      );
    if (one !== undefined) taken.push(one);
  }
  return [
    ...figures(`${count} prefixes taken in, CPU`, 's', taken, ({ cpu }) => cpu, 4),
    ...figures('… memory', 'MB', taken, ({ memory }) => memory, 4),
    ...figures('the same withdrawn, CPU', 's', taken, ({ withdrawnCpu }) => withdrawnCpu, 4),
    ...figures('… memory then', 'MB', taken, ({ withdrawnMemory }) => withdrawnMemory, 4),
  ];
}

async function takeIn(
  network: BenchNetwork,
  directory: string,
  kind: RouterKind,
  count: number,
): Promise<Taken | undefined> {
  const [hubCommand, command] = [birdCommand(directory, 'hub', ['feeder', 'router']), kind.command(directory, ['hub'])];
  if (hubCommand === undefined) throw new Error('BIRD, which holds the table, is missing: npm run test:setup');
  if (command === undefined) return undefined;
  const hub = new Part(network.hub, 0, hubCommand);
  const feeder = new Part(network.ends, 0, [process.execPath, 'bench/bgp/end.ts', 'feeder', addresses.hub, `${count}`]);
  await feeder.says('up');
  feeder.tell('send');
  await idle(hub.pid, { after: 0, ...patience(count) });
  const router = new Part(network.router, 1, command);
  await waitFor('the session', () => hubIsUp(network.hub, directory), 60_000);
  await waitForRoutes(network, directory, kind, router, count);
  const cpu = await idle(router.pid, { after: 0, ...patience(count) });
  const memory = residentMegabytes(router.pid);
  feeder.tell('withdraw');
  await waitForRoutes(network, directory, kind, router, 0);
  const withdrawnCpu = (await idle(router.pid, { after: cpu, ...patience(count) })) - cpu;
  return { who: kind.who, cpu, memory, withdrawnCpu, withdrawnMemory: residentMegabytes(router.pid) };
}

/** Asks seldom: the answer costs a router some time, too. */
async function waitForRoutes(network: BenchNetwork, directory: string, kind: RouterKind, router: Part, count: number) {
  for (const started = performance.now(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const routes = kind.routes?.(network.router, directory) ?? (await ownRoutes(router));
    if (routes === count) return;
    if (performance.now() - started > secondsAtMost * 1000)
      throw new Error(`${kind.who} has ${routes} routes, not ${count}`);
  }
}

async function ownRoutes(router: Part): Promise<number> {
  router.tell('count');
  return Number((await router.says('routes hub')).split(' ').at(-1));
}

interface Passed {
  readonly who: string;
  readonly seconds: number;
  readonly cpu: number;
}

async function passedOn(directory: string, { small, say }: BenchOptions): Promise<readonly Figure[]> {
  const count = small ? 1000 : 100_000;
  const rounds = new Map<RouterKind, Passed[]>();
  for (let round = 0; round < (small ? 1 : 3); round++) {
    for (const kind of [nearcast, bird, frr, gobgp]) {
      const one = await inNetwork((network) => passOn(network, directory, kind, count));
      if (one === undefined) say(`${kind.who} is missing: npm run test:setup`);
      else say(`${one.who}: ${one.seconds.toFixed(2)} s, ${one.cpu.toFixed(2)} s of CPU`);
      if (one !== undefined) rounds.set(kind, [...(rounds.get(kind) ?? []), one]);
    }
  }
  const passed = Array.from(rounds, ([{ who }, all]): Passed => {
    return { who, seconds: median(all.map(({ seconds }) => seconds)), cpu: median(all.map(({ cpu }) => cpu)) };
  });
  return [
    ...figures(`${count} routes passed on, until the last one is heard`, 's', passed, ({ seconds }) => seconds),
    ...figures('… CPU', 's', passed, ({ cpu }) => cpu),
  ];
}

async function passOn(
  network: BenchNetwork,
  directory: string,
  kind: RouterKind,
  count: number,
): Promise<Passed | undefined> {
  const command = kind.command(directory, ['feeder', 'sink']);
  if (command === undefined) return undefined;
  const router = new Part(network.router, 1, command);
  const end = (role: string) =>
    new Part(network.ends, 0, [process.execPath, 'bench/bgp/end.ts', role, addresses.router, `${count}`]);
  const [feeder, sink] = [end('feeder'), end('sink')];
  await Promise.all([feeder.says('up'), sink.says('up')]);
  const before = await idle(router.pid, { after: 0, ...patience(count) });
  feeder.tell('send');
  const [sent, heard] = await Promise.all([feeder.says('send'), sink.says('announced')]);
  const seconds = (Number(heard.split(' ')[1]) - Number(sent.split(' ')[1])) / 1000;
  return { who: kind.who, seconds, cpu: cpuSeconds(router.pid) - before };
}

async function inNetwork<T>(run: (network: BenchNetwork) => Promise<T>): Promise<T> {
  const network = makeNetwork();
  try {
    return await run(network);
  } finally {
    network.remove();
  }
}

/** A process on one core of a namespace's host. */
class Part {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  constructor(namespace: Namespace, core: number, command: readonly string[]) {
    const [program, ...args] = cpus().length > 1 ? ['taskset', '-c', `${core}`, ...command] : command;
    this.#child = namespace.start(program as string, args, {}, 'pipe');
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#lines.push(line),
    );
    this.#child.stderr?.resume();
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The next line that begins so. */
  async says(start: string): Promise<string> {
    await waitFor(`"${start}"`, () => this.#lines.some((line) => line.startsWith(start)), secondsAtMost * 1000);
    const at = this.#lines.findIndex((line) => line.startsWith(start));
    return this.#lines.splice(0, at + 1).at(-1) as string;
  }
}

/** Ours first, then the others, each with our ratio to it; the aim is in the row of BIRD, or of those to be ahead of. */
function figures<T extends { readonly who: string }>(
  what: string,
  unit: string,
  rows: readonly T[],
  value: (row: T) => number,
  timesBird?: number,
): readonly Figure[] {
  const [own, ...others] = rows;
  if (own === undefined) return [];
  return [
    { what, who: own.who, value: value(own), unit },
    ...others.map((row): Figure => {
      const ratio = value(own) / value(row);
      const figure = { what, who: row.who, value: value(row), unit, ratio };
      if (timesBird !== undefined && row.who === bird.who) {
        return { ...figure, aim: `${timesBird} or less`, met: ratio <= timesBird };
      }
      const ahead = timesBird === undefined && [frr.who, gobgp.who].includes(row.who);
      return ahead ? { ...figure, aim: 'less than 1', met: ratio < 1 } : figure;
    }),
  ];
}
