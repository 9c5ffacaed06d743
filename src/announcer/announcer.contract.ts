/**
 * What every announcer must do, as tests: run by the embedded one and by the fake one of the agent's tests.
 *
 * Each implementation brings a harness: an announcer and, for each session, the router at its other end.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { waitFor } from '../testing/wait.ts';
import type { Announcer, AnnouncerPlan, SessionPlan } from './announcer.ts';

export interface HeardRoute {
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
}

/** The router at the other end of a session. */
export interface ContractPeer {
  /** What it has of us, by prefix. */
  heard(): readonly HeardRoute[];
  /** How often the session came up. */
  ups(): number;
  /** Why the session went down, each time that it did. */
  downs(): readonly string[];
}

export interface ContractHarness {
  readonly announcer: Announcer;
  peer(session: string): ContractPeer;
}

const asn = 64500;
const one = { prefix: '192.0.2.0/24', prepend: 0, communities: [], largeCommunities: [] };
const two = { prefix: '2001:db8::/48', prepend: 0, communities: [], largeCommunities: [] };

function session(name: string, announcements: SessionPlan['announcements']): SessionPlan {
  const family = name.endsWith('ipv6') ? 6 : 4;
  const [neighborAddress, sourceAddress] = family === 6 ? ['3fff::2', '3fff::1'] : ['203.0.113.2', '203.0.113.1'];
  return {
    name,
    family,
    peerAsn: 65536,
    neighborAddress,
    neighborPort: 179,
    sourceAddress,
    holdTimeSeconds: 9,
    announcements,
  };
}

const names = ['fra/0/ipv4', 'fra/0/ipv6', 'fra/1/ipv4'] as const;
const [a4, a6, b4] = names;

function planOf(...sessions: readonly SessionPlan[]): AnnouncerPlan {
  return { asn, routerId: '203.0.113.1', sessions };
}

const full = planOf(session(a4, [one]), session(a6, [two]), session(b4, [one]));

export function announcerContract(
  kind: string,
  makeHarness: (context: TestContext, sessions: readonly string[]) => Promise<ContractHarness>,
): void {
  async function established(context: TestContext): Promise<ContractHarness> {
    const harness = await makeHarness(context, names);
    context.after(() => harness.announcer.stop({ communication: 'the test ends', timeoutMs: 1_000 }));
    harness.announcer.apply(full);
    for (const name of names) await waitFor(`a route at ${name}`, () => harness.peer(name).heard().length === 1);
    return harness;
  }
  const prefixes = (harness: ContractHarness, name: string): string[] =>
    harness
      .peer(name)
      .heard()
      .map(({ prefix }) => prefix);

  test(`${kind} announcer: each session hears its own prefixes, with our ASN once, and reports it`, async (context) => {
    const harness = await established(context);
    assert.deepEqual(harness.peer(a4).heard(), [
      { prefix: one.prefix, asPath: [asn], communities: [], largeCommunities: [] },
    ]);
    assert.deepEqual(prefixes(harness, a6), [two.prefix]);
    await waitFor('all sessions established', () =>
      harness.announcer.sessions().every(({ phase }) => phase === 'established'),
    );
    const status = harness.announcer.sessions();
    assert.deepEqual(
      status.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      status.map(({ announced }) => announced),
      [[one.prefix], [two.prefix], [one.prefix]],
    );
    assert.deepEqual(harness.announcer.problems(), []);
  });

  test(`${kind} announcer: prepending and communities reach the session that they are for, and no other is touched`, async (context) => {
    const harness = await established(context);
    const changed = {
      ...one,
      prepend: 2,
      communities: ['65535:0', '20473:6000'],
      largeCommunities: ['20473:6000:174'],
    };
    harness.announcer.apply(planOf(session(a4, [changed]), session(a6, [two]), session(b4, [one])));
    await waitFor('the longer path', () => harness.peer(a4).heard()[0]?.asPath.length === 3);
    const [heard] = harness.peer(a4).heard();
    assert.deepEqual(heard?.asPath, [asn, asn, asn]);
    assert.deepEqual([...(heard?.communities ?? [])].sort(), ['20473:6000', '65535:0']);
    assert.deepEqual(heard?.largeCommunities, ['20473:6000:174']);
    assert.deepEqual(harness.peer(b4).heard()[0]?.asPath, [asn]);
    harness.announcer.apply(full);
    await waitFor('the path as before', () => harness.peer(a4).heard()[0]?.asPath.length === 1);
    assert.deepEqual(harness.peer(a4).heard()[0]?.communities, []);
    for (const name of names) assert.deepEqual([harness.peer(name).ups(), harness.peer(name).downs()], [1, []]);
  });

  test(`${kind} announcer: withdrawing keeps the session, on one session alone and on all`, async (context) => {
    const harness = await established(context);
    harness.announcer.apply(planOf(session(a4, []), session(a6, [two]), session(b4, [one])));
    await waitFor('the withdrawal', () => prefixes(harness, a4).length === 0);
    assert.deepEqual(prefixes(harness, b4), [one.prefix]);
    harness.announcer.apply(planOf(session(a4, []), session(a6, []), session(b4, [])));
    for (const name of names) await waitFor('the withdrawal', () => prefixes(harness, name).length === 0);
    harness.announcer.apply(full);
    for (const name of names) await waitFor('the route again', () => prefixes(harness, name).length === 1);
    for (const name of names) assert.deepEqual([harness.peer(name).ups(), harness.peer(name).downs()], [1, []]);
  });

  test(`${kind} announcer: the same plan again changes nothing, a session more touches no other`, async (context) => {
    const harness = await makeHarness(context, names);
    context.after(() => harness.announcer.stop({ communication: 'the test ends', timeoutMs: 1_000 }));
    harness.announcer.apply(planOf(session(a4, [one])));
    await waitFor('the route', () => prefixes(harness, a4).length === 1);
    harness.announcer.apply(planOf(session(a4, [{ ...one }])));
    harness.announcer.apply(planOf(session(a4, [one]), session(b4, [one])));
    await waitFor('the second session', () => prefixes(harness, b4).length === 1);
    assert.deepEqual([harness.peer(a4).ups(), harness.peer(a4).downs()], [1, []]);
  });

  test(`${kind} announcer: a session that is taken out ends and says so; the others stay`, async (context) => {
    const harness = await established(context);
    harness.announcer.apply(planOf(session(a4, [one]), session(a6, [two])));
    await waitFor('the end of the session', () => harness.peer(b4).downs().length === 1);
    assert.deepEqual(prefixes(harness, b4), []);
    assert.deepEqual([prefixes(harness, a4), prefixes(harness, a6)], [[one.prefix], [two.prefix]]);
    assert.deepEqual(
      harness.announcer.sessions().map(({ name }) => name),
      [a4, a6],
    );
    assert.deepEqual([harness.peer(a4).downs(), harness.peer(a6).downs()], [[], []]);
  });

  test(`${kind} announcer: a malformed community is a problem; its session is not started, the others are`, async (context) => {
    const harness = await makeHarness(context, names);
    context.after(() => harness.announcer.stop({ communication: 'the test ends', timeoutMs: 1_000 }));
    harness.announcer.apply(planOf(session(a4, [{ ...one, communities: ['99999:1'] }]), session(b4, [one])));
    await waitFor('the other session', () => prefixes(harness, b4).length === 1);
    assert.deepEqual(
      harness.announcer.problems().map(({ code, where }) => [code, where]),
      [['announcer.community-syntax', a4]],
    );
    assert.deepEqual(
      harness.announcer.sessions().map(({ announced }) => announced),
      [[], [one.prefix]],
    );
    assert.equal(harness.peer(a4).ups(), 0);
  });

  test(`${kind} announcer: changes are told, until the listener leaves`, async (context) => {
    const harness = await makeHarness(context, names);
    context.after(() => harness.announcer.stop({ communication: 'the test ends', timeoutMs: 1_000 }));
    let told = 0;
    const leave = harness.announcer.onChange(() => told++);
    harness.announcer.apply(planOf(session(a4, [one])));
    await waitFor('the news', () => told > 0 && harness.announcer.sessions()[0]?.phase === 'established');
    leave();
    const before = told;
    harness.announcer.apply(planOf());
    await waitFor('the end of the session', () => harness.peer(a4).downs().length === 1);
    assert.equal(told, before);
  });

  test(`${kind} announcer: stopping withdraws, says why to every peer, and is final`, async (context) => {
    const harness = await established(context);
    await harness.announcer.stop({ communication: 'new kernel tonight', timeoutMs: 2_000 });
    for (const name of names) {
      assert.deepEqual(prefixes(harness, name), []);
      assert.equal(harness.peer(name).downs().length, 1, 'the peer had it before the stop was over');
      assert.match(harness.peer(name).downs()[0] ?? '', /new kernel tonight/);
    }
    harness.announcer.apply(full);
    assert.ok(harness.announcer.sessions().every(({ phase, announced }) => phase === 'idle' && announced.length === 0));
  });
}
