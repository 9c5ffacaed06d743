/**
 * BFD with BIRD and FRR's bfdd over real packets, in namespaces: sessions up at 10, 50 and 100 ms, a silent peer noticed in time
 * by either side, authentication, several hops, timers changed by a poll.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import type {
  AuthenticationConfig,
  BfdChange,
  BfdSessionConfig,
  BfdSessionStatus,
  BfdStatus,
} from '../../src/bfd/bfd.ts';
import {
  connect,
  makeNamespace,
  type Namespace,
  namespacesUnavailable,
  programPath,
} from '../../src/testing/namespaces.ts';
import { signalFamily } from '../../src/testing/signal-family.ts';
import { waitFor } from '../../src/testing/wait.ts';

const missing = (program: string | undefined, name: string): string | undefined =>
  program === undefined ? `${name} is missing: npm run test:setup` : undefined;
const bird = programPath('bird');
const frr = programPath('/usr/lib/frr/bfdd') && programPath('vtysh') && '/usr/lib/frr';
const noNamespaces = namespacesUnavailable();
const noBird = noNamespaces ?? missing(bird, 'BIRD 2');
const noFrr = noNamespaces ?? missing(frr, 'FRR');
for (const reason of new Set([noBird, noFrr])) {
  if (reason !== undefined) console.error(`SKIPPED, interop of BFD: ${reason}`);
}

interface World {
  readonly us: Namespace;
  readonly them: Namespace;
  readonly directory: string;
}

/** Two hosts on one cable: we 10.0.0.1 and fd00::1, they 10.0.0.2 and fd00::2. */
function makeWorld(t: TestContext): World {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bfd-'));
  const us = makeNamespace('us');
  const them = makeNamespace('them');
  t.after(() => {
    for (const namespace of [us, them]) namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  connect(
    { namespace: us, device: 'us0', addresses: ['10.0.0.1/24'] },
    { namespace: them, device: 'them0', addresses: ['10.0.0.2/24'] },
  );
  us.run('ip', '-6', 'address', 'add', 'fd00::1/64', 'dev', 'us0', 'nodad');
  them.run('ip', '-6', 'address', 'add', 'fd00::2/64', 'dev', 'them0', 'nodad');
  return { us, them, directory };
}

interface Ours {
  readonly process: ChildProcess;
  readonly changes: readonly { readonly at: number; readonly change: BfdChange }[];
  status(): Promise<BfdSessionStatus>;
  up(): boolean;
}

async function startOurs({ us }: World, session: Omit<BfdSessionConfig, 'id'>): Promise<Ours> {
  const main = resolve('src/testing/bfd-main.ts');
  const process = us.start(globalThis.process.execPath, [main, JSON.stringify([{ id: 's', ...session }])]);
  const changes: { at: number; change: BfdChange }[] = [];
  const statuses: BfdStatus[] = [];
  let started = false;
  let errors = '';
  process.stderr?.on('data', (data) => {
    errors += String(data);
  });
  if (process.stdout === null) assert.fail('no output');
  createInterface(process.stdout).on('line', (line) => {
    const told = JSON.parse(line);
    if (told.change !== undefined) changes.push(told);
    if (told.status !== undefined) statuses.push(told.status);
    started ||= told.started === true;
  });
  await waitFor('our BFD to start', () => {
    assert.equal(errors, '');
    return started;
  });
  return {
    process,
    changes,
    async status() {
      const before = statuses.length;
      process.kill('SIGUSR2');
      const { sessions } = await waitFor('our status', () => statuses[before]);
      return sessions[0] ?? assert.fail('no session');
    },
    up: () => changes.at(-1)?.change.type === 'up',
  };
}

const timersOf = (intervalMs: number) => ({
  desiredMinTxMs: intervalMs,
  requiredMinRxMs: intervalMs,
  detectMultiplier: 3,
});

const single = (intervalMs: number, authentication?: AuthenticationConfig): Omit<BfdSessionConfig, 'id'> => ({
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  timers: timersOf(intervalMs),
  ...(authentication === undefined ? {} : { authentication }),
});

/** Another BFD daemon in their namespace. */
interface Theirs {
  readonly process: ChildProcess;
  up(): boolean;
}

interface BirdOptions {
  readonly intervalMs: number;
  /** Inside the interface's block. */
  readonly more?: string;
  readonly neighbor?: string;
}

async function startBird({ them, directory }: World, options: BirdOptions): Promise<Theirs> {
  const { intervalMs, more = '', neighbor = 'neighbor 10.0.0.1 dev "them0" local 10.0.0.2;' } = options;
  const settings = `interval ${intervalMs} ms; idle tx interval 1 s; multiplier 3; ${more}`;
  const config = `
log "${join(directory, 'bird.log')}" all;
router id 10.0.0.2;
protocol device { }
protocol bfd {
  interface "*" { ${settings} };
  multihop { ${settings} };
  ${neighbor}
}
`;
  writeFileSync(join(directory, 'bird.conf'), config);
  const control = join(directory, 'bird.ctl');
  const process = them.start(bird as string, ['-f', '-c', join(directory, 'bird.conf'), '-s', control]);
  const birdc = (...words: string[]) => them.run('birdc', '-s', control, ...words);
  await waitFor('BIRD to answer', () => birdc('show', 'status').includes('Daemon is up'));
  return { process, up: () => /\bUp\b/.test(birdc('show', 'bfd', 'sessions')) };
}

async function startFrr({ them, directory }: World, intervalMs: number): Promise<Theirs> {
  const run = join(directory, 'frr');
  mkdirSync(run);
  // FRR's daemons leave root for a user of their own before they make their sockets.
  chmodSync(directory, 0o755);
  chmodSync(run, 0o777);
  writeFileSync(
    join(run, 'bfdd.conf'),
    `bfd
 peer 10.0.0.1 local-address 10.0.0.2 interface them0
  detect-multiplier 3
  receive-interval ${intervalMs}
  transmit-interval ${intervalMs}
  no shutdown
`,
  );
  writeFileSync(join(run, 'zebra.conf'), '');
  const daemon = (name: string, ...more: string[]): ChildProcess => {
    const files = ['-f', join(run, `${name}.conf`), '-i', join(run, `${name}.pid`), '-z', join(run, 'zserv.api')];
    const paths = ['--vty_socket', run, '--log', `file:${join(run, `${name}.log`)}`, '-P', '0'];
    return them.start(join(frr as string, name), [...files, ...paths, ...more]);
  };
  const vtysh = (name: string, command: string) => them.run('vtysh', '--vty_socket', run, '-d', name, '-c', command);
  daemon('zebra');
  await waitFor('zebra to know the cable', () => vtysh('zebra', 'show interface brief').includes('them0'));
  const process = daemon('bfdd', '--bfdctl', join(run, 'bfdd.sock'));
  await waitFor('bfdd to answer', () => vtysh('bfdd', 'show bfd peers').includes('10.0.0.1'));
  return { process, up: () => JSON.parse(vtysh('bfdd', 'show bfd peers json'))[0]?.status === 'up' };
}

/** Up, at the pace that was asked for, and each side notices the other's silence. */
async function proveSession(ours: Ours, theirs: Theirs, intervalMs: number): Promise<void> {
  await waitFor('both to be up', () => ours.up() && theirs.up());
  const status = await waitFor('the pace of both', async () => {
    const one = await ours.status();
    return one.detectionTimeMs === 3 * intervalMs ? one : undefined;
  });
  assert.equal(status.transmitIntervalMs, intervalMs);
  assert.equal(status.counters.downs, 0, 'up once, and since');

  // They fall silent: a stopped process keeps its sockets and sends nothing.
  const silentAt = Date.now();
  theirs.process.kill('SIGSTOP');
  await waitFor('us to notice', () => !ours.up());
  const told = ours.changes.at(-1);
  assert.ok(told?.change.type === 'down' && told.change.diagnostic === 1 && !told.change.administrative);
  // Their last packet left up to an interval before; a busy machine adds some.
  const gapMs = told.at - silentAt;
  assert.ok(gapMs >= 2 * intervalMs - 2 && gapMs < 3 * intervalMs + 200, `noticed after ${gapMs} ms`);
  theirs.process.kill('SIGCONT');
  await waitFor('both to be up again', () => ours.up() && theirs.up());

  // We fall silent.
  signalFamily(ours.process, 'SIGSTOP');
  await waitFor('them to notice', () => !theirs.up());
  signalFamily(ours.process, 'SIGCONT');
  await waitFor('both to be up again', () => ours.up() && theirs.up());

  // We stop as a service stops: they hear of it, and need not wait for the detection time.
  ours.process.kill('SIGTERM');
  await waitFor('us to end', () => ours.process.exitCode === 0);
  await waitFor('them to be told', () => !theirs.up());
}

describe('BFD with BIRD', { skip: noBird, timeout: 120_000 }, () => {
  for (const intervalMs of [10, 50, 100]) {
    test(`${intervalMs} ms: up, silence, and back`, async (t) => {
      const world = makeWorld(t);
      const theirs = await startBird(world, { intervalMs });
      await proveSession(await startOurs(world, single(intervalMs)), theirs, intervalMs);
    });
  }

  test('a cut cable takes both down, and mended brings both up', async (t) => {
    const world = makeWorld(t);
    const theirs = await startBird(world, { intervalMs: 50 });
    const ours = await startOurs(world, single(50));
    await waitFor('both to be up', () => ours.up() && theirs.up());
    world.us.run('ip', 'link', 'set', 'us0', 'down');
    await waitFor('both to be down', () => !ours.up() && !theirs.up());
    world.us.run('ip', 'link', 'set', 'us0', 'up');
    await waitFor('both to be up again', () => ours.up() && theirs.up(), 20_000);
  });

  for (const [type, words] of [
    ['simple-password', 'simple'],
    ['keyed-md5', 'keyed md5'],
    ['meticulous-keyed-md5', 'meticulous keyed md5'],
    ['keyed-sha1', 'keyed sha1'],
    ['meticulous-keyed-sha1', 'meticulous keyed sha1'],
  ] as const) {
    test(`${type}: up with the right key, and not with another`, async (t) => {
      const world = makeWorld(t);
      const more = `authentication ${words}; password "a secret" { id 7; };`;
      const theirs = await startBird(world, { intervalMs: 50, more });
      const wrong = await startOurs(world, single(50, { type, keys: [{ id: 7, secret: 'another' }] }));
      const status = await waitFor('some packets', async () => {
        const one = await wrong.status();
        return one.counters.discarded >= 2 ? one : undefined;
      });
      assert.equal(status.state, 'down');
      assert.match(status.lastDiscard ?? '', /is wrong/);
      assert.equal(theirs.up(), false);
      wrong.process.kill('SIGTERM');
      await waitFor('us to end', () => wrong.process.exitCode === 0);
      const ours = await startOurs(world, single(50, { type, keys: [{ id: 7, secret: 'a secret' }] }));
      await waitFor('both to be up', () => ours.up() && theirs.up());
      const passed = (await ours.status()).counters.received;
      const later = await waitFor('more packets than the numbers may run ahead', async () => {
        const one = await ours.status();
        return one.counters.received > passed + 20 ? one : undefined;
      });
      // A busy machine may lose 150 ms, and the session with it; none of its packets is refused.
      assert.equal(later.counters.discarded, 0);
    });
  }

  test('IPv6', async (t) => {
    const world = makeWorld(t);
    const neighbor = 'neighbor fd00::1 dev "them0" local fd00::2;';
    const theirs = await startBird(world, { intervalMs: 50, neighbor });
    const session = { localAddress: 'fd00::1', remoteAddress: 'fd00::2', timers: timersOf(50) };
    await proveSession(await startOurs(world, session), theirs, 50);
  });

  test('several hops: a packet with a lower TTL than the least is not heard', async (t) => {
    const world = makeWorld(t);
    const theirs = await startBird(world, {
      intervalMs: 50,
      neighbor: 'neighbor 10.0.0.1 local 10.0.0.2 multihop yes;',
    });
    const session = { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', timers: timersOf(50) };
    // BIRD sends these with the system's TTL of 64.
    const ours = await startOurs(world, { ...session, multihop: { minimumTtl: 64 } });
    await waitFor('both to be up', () => ours.up() && theirs.up());
    ours.process.kill('SIGTERM');
    await waitFor('us to end', () => ours.process.exitCode === 0);
    const deaf = await startOurs(world, { ...session, multihop: { minimumTtl: 65 } });
    await waitFor('us to have sent', async () => (await deaf.status()).counters.sent >= 3);
    const { state, counters } = await deaf.status();
    assert.deepEqual([state, counters.received], ['down', 0]);
  });
});

describe('BFD with FRR', { skip: noFrr, timeout: 120_000 }, () => {
  for (const intervalMs of [10, 50, 100]) {
    test(`${intervalMs} ms: up, silence, and back`, async (t) => {
      const world = makeWorld(t);
      const theirs = await startFrr(world, intervalMs);
      await proveSession(await startOurs(world, single(intervalMs)), theirs, intervalMs);
    });
  }
});
