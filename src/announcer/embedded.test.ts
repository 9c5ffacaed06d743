import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assert as must } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { acceptAll } from '../bgp/policy/common.ts';
import { createSpeaker } from '../bgp/transport/speaker-host.ts';
import { parseAddress } from '../ip/address.ts';
import { formatPrefix } from '../ip/prefix.ts';
import type { SecretReference } from '../network/secret-reference.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { announcerContract, type ContractHarness, type ContractPeer } from './announcer.contract.ts';
import { createEmbeddedAnnouncer } from './embedded.ts';
import { resolveSecret } from './secret.ts';

function address(text: string) {
  const parsed = parseAddress(text);
  must(parsed !== undefined, text);
  return parsed;
}

/** A router of our own on a loopback port, which stands for the neighbour of one session. */
async function startRouter(
  context: TestContext,
  session: string,
): Promise<{ peer: ContractPeer; place: { host: string; port: number } }> {
  const speaker = createSpeaker({
    asn: 65536,
    routerId: address('203.0.113.2'),
    clock: systemClock,
    random: seededRandom(2),
  });
  context.after(() => speaker.stop({ timeoutMs: 500 }));
  let ups = 0;
  const downs: string[] = [];
  speaker.on('session', (change) => {
    if (change.type === 'up') ups++;
    else if (change.wasEstablished) downs.push(`${change.reason.what} ${change.reason.communication ?? ''}`);
  });
  const { listen } = await speaker.addPeer(
    {
      id: 'pop',
      address: address('203.0.113.1'),
      peerAsn: 64500,
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: [session.endsWith('ipv6') ? 'ipv6-unicast' : 'ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      // What a full-table upstream does: everything it has, we must not take.
      exportPolicy: acceptAll,
      nextHops: { ipv4: address('203.0.113.2'), ipv6: address('3fff::2') },
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  must(listen !== undefined, 'the router listens');
  return {
    place: listen,
    peer: {
      heard: () =>
        [...speaker.adjRibIn('pop')].map(({ received: route }) => ({
          prefix: formatPrefix(route.prefix),
          asPath: (route.attributes.asPath ?? []).flatMap(({ asns }) => asns),
          communities: (route.attributes.communities ?? []).map(
            (value) => `${Math.floor(value / 65536)}:${value % 65536}`,
          ),
          largeCommunities: (route.attributes.largeCommunities ?? []).map((parts) => parts.join(':')),
        })),
      ups: () => ups,
      downs: () => downs,
    },
  };
}

async function embeddedHarness(context: TestContext, sessions: readonly string[]): Promise<ContractHarness> {
  const routers = new Map<string, Awaited<ReturnType<typeof startRouter>>>();
  for (const session of sessions) routers.set(session, await startRouter(context, session));
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment: {},
    connectVia: (session) => routers.get(session)?.place,
  });
  return {
    announcer,
    peer(session) {
      const router = routers.get(session);
      must(router !== undefined, session);
      return router.peer;
    },
  };
}

announcerContract('embedded', embeddedHarness);

const announcement = { prefix: '192.0.2.0/24', prepend: 0, communities: [], largeCommunities: [] };
const base = {
  family: 4 as const,
  peerAsn: 65536,
  neighborAddress: '203.0.113.2',
  neighborPort: 179,
  sourceAddress: '203.0.113.1',
  holdTimeSeconds: 9,
  announcements: [announcement],
};

test('embedded announcer: a password that is not found is a problem naming the variable; other sessions are started', (context) => {
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment: {},
    connectVia: () => ({ host: '127.0.0.1', port: 1 }),
  });
  context.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 100 }));
  announcer.apply({
    asn: 64500,
    routerId: '203.0.113.1',
    sessions: [
      { ...base, name: 'fra/0/ipv4', password: { env: 'UPSTREAM_PASSWORD' } },
      { ...base, name: 'fra/1/ipv4' },
    ],
  });
  assert.deepEqual(
    announcer.problems().map(({ code, where }) => [code, where]),
    [['announcer.secret-not-found', 'fra/0/ipv4']],
  );
  assert.match(announcer.problems()[0]?.what ?? '', /environment variable UPSTREAM_PASSWORD, which is not set/);
  const [without, started] = announcer.sessions();
  assert.equal(without?.phase, 'idle');
  assert.notEqual(started?.phase, 'idle');
});

test('embedded announcer: a session that the loopback map does not know is a problem', (context) => {
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment: {},
    connectVia: () => undefined,
  });
  context.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 100 }));
  announcer.apply({ asn: 64500, routerId: '203.0.113.1', sessions: [{ ...base, name: 'fra/0/ipv4' }] });
  assert.equal(announcer.problems()[0]?.code, 'announcer.loopback-map-session');
});

test('secrets: from the environment or a file, without the line break; problems never hold them', (context) => {
  const file = join(temporaryDirectory(context), 'password');
  writeFileSync(file, 'hunter2\n');
  const empty = join(temporaryDirectory(context), 'empty');
  writeFileSync(empty, '\n');
  const found = (reference: SecretReference) => resolveSecret(reference, 'fra/0/ipv4', { A: 'x', EMPTY: '' });
  assert.deepEqual(found({ env: 'A' }), { secret: 'x' });
  assert.deepEqual(found({ file }), { secret: 'hunter2' });
  for (const reference of [{ env: 'B' }, { env: 'EMPTY' }, { file: `${file}.not` }, { file: empty }]) {
    const result = found(reference);
    assert.ok('problem' in result && result.problem.code === 'announcer.secret-not-found', JSON.stringify(reference));
  }
});
