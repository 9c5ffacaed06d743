/**
 * What a session can agree on beyond plain BGP, with a real BIRD 2 at the other end: roles, several paths, long messages, IPv6
 * next hops, refreshes, graceful restart over BIRD's own death, and a prefix limit that BIRD's log tells of.
 *
 * On loopback: BIRD has 127.0.0.2 and a port of its own, and touches no routing table of the machine.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { longLivedStale } from '../../src/bgp/message/community.ts';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import type { Negotiated } from '../../src/bgp/session/types.ts';
import type { PeerConfig } from '../../src/bgp/speaker/types.ts';
import { formatPrefix, mustPrefix } from '../../src/ip/prefix.ts';
import { address, type Context, freePort, isUp, speaker } from '../../src/testing/bgp-speakers.ts';
import { waitFor } from '../../src/testing/wait.ts';

const program = ['/usr/sbin/bird', '/usr/local/sbin/bird'].find((path) => existsSync(path));
const skip = program === undefined ? 'BIRD is missing: npm run test:setup' : false;
if (skip !== false) console.error(`SKIPPED, options of a session with BIRD: ${skip}`);

const asn = 64600;
const ourAsn = 200;

class Bird {
  readonly #directory = mkdtempSync(join(tmpdir(), 'nearcast-bird-'));
  readonly port: number;
  #child: ChildProcess | undefined;

  constructor(t: Context, port: number) {
    this.port = port;
    t.after(async () => {
      await this.kill();
      rmSync(this.#directory, { recursive: true, force: true });
    });
  }

  /** `options` and `channel` stand in the BGP protocol and in its IPv4 channel. */
  async start(ourPort: number, settings: { options?: string; channel?: string; routes?: number }, ...flags: string[]) {
    const { options = '', channel = '', routes = 3 } = settings;
    const statics = Array.from({ length: routes }, (_, index) => `route 198.51.${index}.0/24 blackhole;`);
    const config = `
log "${this.#path('bird.log')}" all;
router id 10.0.0.2;
protocol device { }
protocol static { ipv4; ${statics.join(' ')} }
protocol bgp peer {
  local 127.0.0.2 port ${this.port} as ${asn};
  neighbor 127.0.0.1 port ${ourPort} as ${ourAsn};
  multihop 1; strict bind yes; connect delay time 1; error wait time 1, 2; hold time 9;
  ${options}
  ipv4 { import all; export where source = RTS_STATIC; next hop self; ${channel} };
}`;
    writeFileSync(this.#path('bird.conf'), config);
    const args = ['-f', '-c', this.#path('bird.conf'), '-s', this.#path('bird.ctl'), ...flags];
    this.#child = spawn(program as string, args, { stdio: 'ignore' });
    await waitFor('BIRD to answer', () => this.ask('show', 'status').includes('Daemon is up'));
  }

  ask(...words: readonly string[]): string {
    const birdc = (program as string).replace(/bird$/, 'birdc');
    return execFileSync(birdc, ['-s', this.#path('bird.ctl'), ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  log(): string {
    return readFileSync(this.#path('bird.log'), 'utf8');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

async function session(
  t: Context,
  facts: Partial<PeerConfig>,
  settings: Parameters<Bird['start']>[1],
  ...flags: string[]
) {
  const [ourPort, port] = [await freePort(), await freePort()];
  const host = speaker(t, ourAsn);
  const peer: PeerConfig = {
    id: 'bird',
    peerAsn: asn,
    address: address('127.0.0.2'),
    holdTimeSeconds: 9,
    connectRetrySeconds: 0.2,
    families: ['ipv4-unicast'],
    passive: false,
    importPolicy: acceptAll,
    exportPolicy: acceptAll,
    nextHops: { ipv4: address('127.0.0.1') },
    ...facts,
  };
  const bird = new Bird(t, port);
  await bird.start(ourPort, settings, ...flags);
  const remote = { host: '127.0.0.2', port };
  const listen = { host: '127.0.0.1', port: ourPort };
  const up = new Promise<Negotiated>((resolve) => {
    host.on('session', (change) => change.type === 'up' && resolve(change.negotiated));
  });
  await host.addPeer(peer, { remote, listen, localAddress: '127.0.0.1' });
  return { host, bird, ourPort, up };
}

const stale = (host: ReturnType<typeof speaker>): number | undefined => host.neighbors()[0]?.staleRoutes;

describe('options of a session with BIRD', { skip, timeout: 120_000 }, () => {
  test('roles, long messages, several paths, refresh marks: both ends agree', async (t) => {
    const both = { family: 'ipv4-unicast', direction: 'both' } as const;
    const { host, bird, up } = await session(
      t,
      { role: 'customer', requireRole: true, extendedMessages: true, addPath: [both] },
      { options: 'local role provider; require roles yes; enable extended messages yes;', channel: 'add paths yes;' },
    );
    const { peerRole, enhancedRouteRefresh, codec } = await up;
    assert.deepEqual([peerRole, enhancedRouteRefresh, codec.extendedMessages], ['provider', true, true]);
    assert.deepEqual(codec.addPath, { receive: ['ipv4-unicast'], send: ['ipv4-unicast'] });
    await waitFor("BIRD's routes", () => [...host.adjRibIn('bird')].length === 3);
    for (const { received, outcome } of host.adjRibIn('bird')) {
      assert.equal(typeof received.pathId, 'number');
      // BIRD is our provider, so what it says is for customers only from here (RFC 9234 §5).
      assert.equal(outcome.verdict === 'accept' && outcome.route.attributes.onlyToCustomer, asn);
    }
    host.announce({ prefix: mustPrefix('192.0.2.0/24'), attributes: {} });
    await waitFor('BIRD to have our route', () => bird.ask('show', 'route', 'all').includes('192.0.2.0/24'));
    host.requestRefresh('bird');
    await waitFor('BIRD to answer a refresh with all routes', () => stale(host) === 0);
    assert.equal([...host.adjRibIn('bird')].length, 3);
  });

  test('contradicting roles are refused, and BIRD says why', async (t) => {
    const { host, bird } = await session(t, { role: 'provider' }, { options: 'local role provider;' });
    await waitFor('BIRD to tell of the mismatch', () => /Role mismatch/i.test(bird.log()));
    assert.notEqual(host.sessionPhase('bird'), 'established');
  });

  test('BIRD dies and returns: its routes stay meanwhile, and what it no longer has goes', async (t) => {
    const options = 'graceful restart yes; graceful restart time 60;';
    const { host, bird, ourPort } = await session(t, { gracefulRestart: {} }, { options, routes: 5 });
    await isUp(host, 'bird');
    await waitFor("BIRD's routes", () => [...host.bestRoutes()].length === 5);
    await bird.kill();
    await waitFor('the session to be lost', () => host.sessionPhase('bird') !== 'established');
    assert.deepEqual([[...host.bestRoutes()].length, stale(host)], [5, 5]);
    await bird.start(ourPort, { options, routes: 3 }, '-R');
    await isUp(host, 'bird');
    await waitFor("BIRD's End-of-RIB", () => stale(host) === 0);
    const left = Array.from(host.bestRoutes(), ({ prefix }) => formatPrefix(prefix));
    assert.deepEqual(left, ['198.51.0.0/24', '198.51.1.0/24', '198.51.2.0/24']);
  });

  test('BIRD stays away: its routes become the last resort', async (t) => {
    const options =
      'graceful restart yes; graceful restart time 1; long lived graceful restart yes; long lived stale time 60;';
    const { host, bird } = await session(t, { gracefulRestart: { longLivedSeconds: 60 } }, { options });
    await waitFor("BIRD's routes", () => [...host.bestRoutes()].length === 3);
    await bird.kill();
    const isMarked = () => [...host.bestRoutes()].every((one) => one.attributes.communities?.includes(longLivedStale));
    await waitFor('LLGR_STALE on its routes', isMarked);
    assert.equal(stale(host), 3);
  });

  test('beyond its limit the session ends, and BIRD knows why', async (t) => {
    const limits = { in: { 'ipv4-unicast': { maximum: 10 } } };
    const { host, bird } = await session(t, { limits }, { routes: 20 });
    await waitFor('the session to end', () => host.neighbors()[0]?.lastDown?.kind === 'automatic-stop');
    await waitFor('BIRD to tell of the limit', () => /Maximum number of prefixes reached/i.test(bird.log()));
    assert.equal([...host.bestRoutes()].length, 0);
    assert.equal(host.sessionPhase('bird'), 'idle');
  });
});
