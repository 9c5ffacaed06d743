import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assert as must } from '../../base/assert.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll } from '../../bgp/policy/common.ts';
import type { Policy } from '../../bgp/policy/types.ts';
import { createSpeaker } from '../../bgp/transport/speaker-host.ts';
import type { SpeakerHost } from '../../bgp/transport/types.ts';
import { parseAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import type { PayloadPdu } from '../../rpki/pdu/types.ts';
import { FakeCache } from '../../testing/rtr-cache.ts';
import { waitFor } from '../../testing/wait.ts';
import type { Announcer, AnnouncerPlan, SessionPlan } from '../announcer.ts';
import { createEmbeddedAnnouncer } from '../embedded.ts';
import type { RouteQuestion, RouteView } from './tables.ts';

const asn = 64500;
const own = { prefix: '192.0.2.0/24', prepend: 0, communities: [], largeCommunities: [] };

function address(text: string) {
  const parsed = parseAddress(text);
  must(parsed !== undefined, text);
  return parsed;
}

/** A neighbour on a loopback port with routes of its own; what its export policy adds is how its routes differ. */
async function neighbor(context: TestContext, peerAsn: number, last: number, exportPolicy: Policy = acceptAll) {
  const speaker = createSpeaker({
    asn: peerAsn,
    routerId: address(`203.0.113.${last}`),
    clock: systemClock,
    random: seededRandom(last),
  });
  context.after(() => speaker.stop({ timeoutMs: 500 }));
  const { listen } = await speaker.addPeer(
    {
      id: 'pop',
      address: address('203.0.113.1'),
      peerAsn: asn,
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      exportPolicy,
      nextHops: { ipv4: address(`203.0.113.${last}`) },
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  must(listen !== undefined, 'the neighbour listens');
  return { speaker, listen };
}

function announce(speaker: SpeakerHost, ...prefixes: readonly string[]): void {
  for (const prefix of prefixes) speaker.announce({ prefix: mustPrefix(prefix), attributes: { originCode: 'igp' } });
}

function session(name: string, peerAsn: number, last: number, more: Partial<SessionPlan> = {}): SessionPlan {
  return {
    name,
    family: 4,
    peerAsn,
    neighborAddress: `203.0.113.${last}`,
    neighborPort: 179,
    sourceAddress: '203.0.113.1',
    holdTimeSeconds: 9,
    announcements: [own],
    ...more,
  };
}

const roa = (prefix: string, maxLength: number, origin: number): PayloadPdu => ({
  type: 'prefix',
  announce: true,
  vrp: { prefix: mustPrefix(prefix), maxLength, asn: origin },
});

interface World {
  readonly announcer: Announcer;
  readonly cache: FakeCache;
  readonly one: SpeakerHost;
  readonly two: SpeakerHost;
  apply(one?: Partial<SessionPlan>, rest?: Partial<AnnouncerPlan>): void;
  routes(question: RouteQuestion): readonly RouteView[];
}

/** `fra/0/ipv4` to AS 64501, which sends three prefixes, and `fra/1/ipv4` to AS 64502, which has one of them by a longer path. */
async function world(context: TestContext): Promise<World> {
  const cache = await FakeCache.start();
  context.after(() => cache.stop());
  const one = await neighbor(context, 64501, 2);
  const two = await neighbor(context, 64502, 3, {
    terms: [{ name: 'far', match: {}, actions: [{ type: 'prepend', count: 2 }] }],
    otherwise: 'accept',
  });
  announce(one.speaker, '198.51.100.0/24', '198.51.100.128/25', '203.0.112.0/23');
  announce(two.speaker, '198.51.100.0/24');
  const places = new Map([
    ['fra/0/ipv4', one.listen],
    ['fra/1/ipv4', two.listen],
  ]);
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment: {},
    connectVia: (name) => places.get(name),
  });
  context.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 1_000 }));
  const tables = announcer.tables;
  must(tables !== undefined, 'the embedded announcer shows its tables');
  return {
    announcer,
    cache,
    one: one.speaker,
    two: two.speaker,
    apply: (first = {}, rest = {}) =>
      announcer.apply({
        asn,
        routerId: '203.0.113.1',
        sessions: [session('fra/0/ipv4', 64501, 2, first), session('fra/1/ipv4', 64502, 3, first)],
        rpki: { caches: [{ host: '127.0.0.1', port: cache.port }], aspa: false },
        ...rest,
      }),
    routes: (question) => [...tables.routes(question)].filter((view) => view !== undefined),
  };
}

const short = ({ prefix, neighbor, state, origin }: RouteView): string => `${prefix} ${neighbor} ${state} ${origin}`;

test('what neighbours send is shown with its validation, though nothing is accepted', async (context) => {
  const { cache, apply, routes, announcer } = await world(context);
  cache.set([roa('198.51.100.0/24', 24, 64501), roa('192.0.2.0/24', 24, asn)]);
  apply();
  await waitFor('all routes and the data', () => routes({ table: 'received' }).length === 4);
  await waitFor('the data', () => announcer.validation()?.state === 'current');
  assert.deepEqual(announcer.problems(), []);
  assert.deepEqual(routes({ table: 'all' }).map(short).sort(), [
    '192.0.2.0/24 local best valid',
    '198.51.100.0/24 fra/0/ipv4 refused valid',
    '198.51.100.0/24 fra/1/ipv4 refused invalid',
    '198.51.100.128/25 fra/0/ipv4 refused invalid',
    '203.0.112.0/23 fra/0/ipv4 refused not-found',
  ]);
  assert.deepEqual(routes({ table: 'best' }).map(short), ['192.0.2.0/24 local best valid']);
  assert.deepEqual(routes({ table: 'advertised', neighbor: 'fra/1/ipv4' }).map(short), [
    '192.0.2.0/24 fra/1/ipv4 advertised valid',
  ]);
  const inside = { prefix: mustPrefix('198.51.100.0/24'), match: 'longer' } as const;
  const around = { prefix: mustPrefix('198.51.100.128/25'), match: 'shorter' } as const;
  const from = 'fra/0/ipv4';
  const prefixes = (views: readonly RouteView[]): readonly string[] => views.map(({ prefix }) => prefix).sort();
  const both = ['198.51.100.0/24', '198.51.100.128/25'];
  assert.deepEqual(prefixes(routes({ table: 'received', neighbor: from, prefix: inside })), both);
  assert.deepEqual(prefixes(routes({ table: 'received', neighbor: from, prefix: around })), both);
  const exact = { ...around, match: 'exact' } as const;
  assert.deepEqual(prefixes(routes({ table: 'received', prefix: exact })), ['198.51.100.128/25']);
  assert.deepEqual(routes({ table: 'all', family: 6 }), []);
  const covering = announcer.tables?.covering(mustPrefix('198.51.100.200/32')).map(({ length }) => length);
  assert.deepEqual(covering, [24, 25]);
});

test('invalid routes are rejected or used last, as the session wants, and live when the cache says otherwise', async (context) => {
  const { cache, apply, routes, announcer, one } = await world(context);
  const exact = { table: 'all', prefix: { prefix: mustPrefix('198.51.100.0/24'), match: 'exact' } } as const;
  const states = (): string =>
    routes(exact)
      .map(({ neighbor, state }) => `${neighbor} ${state}`)
      .join();
  cache.set([roa('198.51.100.0/24', 24, 64502)]); // the shorter path is the invalid one
  apply({ receive: { rpkiInvalid: 'reject' } });
  await waitFor('the invalid one rejected', () => states() === 'fra/0/ipv4 refused,fra/1/ipv4 best');
  assert.equal(routes(exact)[0]?.why, 'import policy: RPKI invalid origin');
  assert.equal(announcer.tables?.neighbors()[0]?.accepts, 'all-but-invalid');

  apply({ receive: { rpkiInvalid: 'depreference' } });
  assert.equal(states(), 'fra/0/ipv4 usable,fra/1/ipv4 best');
  assert.equal(routes(exact)[0]?.why, 'local preference 10, the best has 100');
  apply({ receive: { rpkiInvalid: 'accept' } });
  assert.equal(states(), 'fra/0/ipv4 best,fra/1/ipv4 usable');
  assert.equal(routes(exact)[1]?.why, 'AS path of 3, the best has 1');

  apply({ receive: { rpkiInvalid: 'reject' } });
  assert.equal(states(), 'fra/0/ipv4 refused,fra/1/ipv4 best');
  cache.set([roa('198.51.100.0/24', 24, 64501)]);
  cache.notify();
  await waitFor('the other one rejected', () => states() === 'fra/0/ipv4 best,fra/1/ipv4 refused');

  apply();
  assert.equal(states(), 'fra/0/ipv4 refused,fra/1/ipv4 refused');
  assert.deepEqual(
    announcer.tables?.neighbors().map(({ phase, establishedCount }) => `${phase} ${establishedCount}`),
    ['established 1', 'established 1'],
    'no session was reset for it',
  );
  assert.deepEqual([...one.adjRibIn('pop')].length, 1, 'the neighbour hears our own prefix, and no other route');
});

test('a route is explained: each path, the rule it lost by, the terms, and what each neighbour is told', async (context) => {
  const { cache, apply, routes, announcer } = await world(context);
  cache.set([roa('198.51.100.0/24', 24, 64501), { type: 'aspa', announce: true, customer: 64501, providers: [64509] }]);
  apply(
    { receive: { rpkiInvalid: 'reject' } },
    { rpki: { caches: [{ host: '127.0.0.1', port: cache.port }], aspa: true } },
  );
  await waitFor('the routes', () => routes({ table: 'received' }).length === 4);
  const explain = (prefix: string) => announcer.tables?.explain(mustPrefix(prefix));
  await waitFor('validation', () => explain('198.51.100.0/24')?.paths[1]?.state === 'refused');
  const foreign = explain('198.51.100.0/24');
  assert.deepEqual(
    foreign?.paths.map(({ neighbor, state, origin, path }) => [neighbor, state, origin, path]),
    [
      ['fra/0/ipv4', 'best', 'valid', 'valid'],
      ['fra/1/ipv4', 'refused', 'invalid', 'valid'],
    ],
  );
  assert.match(foreign?.paths[1]?.originReason ?? '', /none names AS64502/);
  assert.deepEqual(foreign?.paths[1]?.policy?.steps, [
    { term: 'RPKI invalid origin', matched: true, verdict: 'reject' },
  ]);
  const [first] = foreign?.paths[0]?.policy?.steps ?? [];
  assert.deepEqual(first?.failed, { condition: 'originValidation', wanted: ['invalid'], found: 'valid' });
  assert.deepEqual(
    foreign?.told.map(({ told, why }) => [told, why]),
    [
      [false, 'it was learned from this peer'],
      [false, 'no term of the export policy accepts it'],
    ],
  );
  const ours = explain('192.0.2.0/24');
  assert.deepEqual(
    ours?.paths.map(({ neighbor, state }) => [neighbor, state]),
    [['local', 'best']],
  );
  assert.deepEqual(
    ours?.told.map(({ told, policy }) => [told, policy?.term]),
    [
      [true, 'announce 192.0.2.0/24'],
      [true, 'announce 192.0.2.0/24'],
    ],
  );
  assert.deepEqual(explain('10.0.0.0/8')?.paths, []);
});

test('neighbours show what was negotiated, how much was said, and why they are down', async (context) => {
  const { apply, announcer, one } = await world(context);
  apply();
  await waitFor('both sessions', () => announcer.sessions().every(({ phase }) => phase === 'established'));
  const [up] = announcer.tables?.neighbors() ?? [];
  assert.deepEqual([up?.holdTimeSeconds, up?.keepaliveSeconds, up?.routerId], [9, 3, '203.0.113.2']);
  assert.ok(up?.peerCapabilities?.some(({ kind }) => kind === 'route-refresh'));
  assert.equal(up?.messages.received.open, 1);
  await one.stop({ communication: 'new cable' });
  const down = await waitFor('the end', () => announcer.tables?.neighbors()[0]?.lastDown);
  assert.match(down.what, /Administrative Shutdown/);
  assert.equal(down.communication, 'new cable');
  assert.match(announcer.tables?.explain(mustPrefix(own.prefix)).told[0]?.why ?? '', /not established/);
});

test('a cache that cannot be reached, or whose files are missing, is shown; its data outlives it', async (context) => {
  const { apply, announcer } = await world(context);
  const cache = await FakeCache.start();
  const rpki = { caches: [{ host: '127.0.0.1', port: cache.port }], aspa: false };
  const { port } = cache;
  cache.set([roa('198.51.100.0/24', 24, 64501)]);
  apply({}, { rpki: { caches: [{ host: '127.0.0.1', port, tls: { caFile: '/nowhere/ca.pem' } }], aspa: false } });
  assert.deepEqual(
    announcer.problems().map(({ code, where }) => [code, where]),
    [['announcer.rpki-file', '/nowhere/ca.pem']],
  );
  assert.deepEqual([announcer.validation()?.state, announcer.validation()?.caches], ['waiting', []]);
  apply({}, { rpki });
  await waitFor('the data', () => announcer.validation()?.state === 'current');
  assert.deepEqual(announcer.problems(), []);
  assert.equal(announcer.validation()?.caches[0]?.vrps, 1);
  await cache.stop();
  await waitFor('the loss', () => announcer.validation()?.state === 'stale');
  assert.equal(announcer.validation()?.vrps, 1);
  assert.ok(announcer.validation()?.caches[0]?.failure !== undefined);
  apply({}, { rpki: { caches: [{ host: '127.0.0.1', port: 1 }], aspa: false } });
  assert.equal(announcer.validation()?.vrps, 1, 'what the old cache said holds until the new one has spoken');
  const { rpki: _, ...without } = { asn, routerId: '203.0.113.1', sessions: [], rpki: undefined };
  announcer.apply(without);
  assert.equal(announcer.validation(), undefined);
});

test('our own announcement that RPKI finds invalid is told, and goes on', async (context) => {
  const { cache, apply, announcer, one } = await world(context);
  cache.set([roa('192.0.2.0/24', 24, 64499)]);
  apply();
  const [problem] = await waitFor('the problem', () => {
    const found = announcer.problems();
    return found.length > 0 ? found : false;
  });
  assert.deepEqual([problem?.code, problem?.where], ['announcer.rpki-own-invalid', '192.0.2.0/24']);
  assert.match(problem?.what ?? '', /none names AS64500: they name AS64499/);
  await waitFor('the announcement', () => [...one.adjRibIn('pop')].length === 1);
  cache.set([roa('192.0.2.0/24', 24, asn)]);
  cache.notify();
  await waitFor('the end of the problem', () => announcer.problems().length === 0);
});

test('a table that changes while it is read is read to its end', async (context) => {
  const { apply, announcer, routes, one } = await world(context);
  const prefixOf = (index: number): string => `10.${index >> 8}.${index & 255}.0/24`;
  for (let index = 0; index < 3_000; index++) announce(one, prefixOf(index));
  apply({ receive: { rpkiInvalid: 'accept' } });
  const count = (): number => announcer.tables?.neighbors()[0]?.routes.received ?? 0;
  await waitFor('the table', () => count() === 3_003);
  for (const table of ['all', 'best', 'received'] as const) {
    const reading = announcer.tables?.routes({ table })[Symbol.iterator]();
    must(reading !== undefined, 'the tables are there');
    const seen: RouteView[] = [];
    const read = (most: number): boolean => {
      for (let step = 0; step < most; step++) {
        const next = reading.next();
        if (next.done === true) return false;
        if (next.value !== undefined) seen.push(next.value);
      }
      return true;
    };
    assert.ok(read(500));
    for (let index = 0; index < 3_000; index += 2) one.withdraw(mustPrefix(prefixOf(index)));
    await waitFor('the withdrawals', () => count() === 1_503);
    assert.ok(read(300));
    for (let index = 0; index < 3_000; index += 2) announce(one, prefixOf(index));
    await waitFor('the routes again', () => count() === 3_003);
    while (read(1_000));
    const prefixes = new Set(seen.map(({ prefix }) => prefix));
    for (let index = 1; index < 3_000; index += 2)
      assert.ok(prefixes.has(prefixOf(index)), `${table} ${prefixOf(index)}`);
  }
  const inside = { prefix: mustPrefix('10.0.0.0/16'), match: 'longer' } as const;
  const reading = announcer.tables?.routes({ table: 'received', prefix: inside })[Symbol.iterator]();
  reading?.next();
  announcer.apply({ asn, routerId: '203.0.113.1', sessions: [] });
  while (reading?.next().done === false);
  assert.deepEqual(routes({ table: 'all' }), []);
});
