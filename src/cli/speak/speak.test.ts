/** What `nearcast bgp speak` understands, and what it says: flags and files, commands, and lines for people and programs. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { address, isUp, peer, speaker } from '../../testing/bgp-speakers.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import { eventJson, eventText, type SpeakEvent } from './events.ts';
import { exportPolicyOf, localRouteOf, peerConfig, peerTransport } from './peering.ts';
import { readAnnounce, readFlag, readSpeakConfig } from './read.ts';
import { speak } from './session.ts';

const self = { localAs: '64500', routerId: '10.0.0.1' };
const codes = (action: () => unknown): readonly string[] => {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(({ code, where }) => `${code} ${where ?? ''}`.trim());
    throw error;
  }
  return [];
};

test('a flag is words with values, lists with +, and words alone', () => {
  assert.deepEqual(readFlag('10.0.0.2,asn=64501,holdTimeSeconds=9,families=ipv4-unicast+ipv6-unicast,on', 'address'), {
    address: '10.0.0.2',
    asn: '64501',
    holdTimeSeconds: 9,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    on: true,
  });
  assert.deepEqual(readFlag('prefix=10.0.0.0/8,communities=', 'prefix'), { prefix: '10.0.0.0/8', communities: [] });
});

test('a file and flags together; what flags say wins', (context) => {
  const file = join(temporaryDirectory(context), 'speak.yaml');
  writeFileSync(file, 'asn: 1\nrouterId: 10.0.0.9\npeers:\n  - { address: 10.0.0.2, asn: 64501 }\n');
  const config = readSpeakConfig({
    file,
    ...self,
    peer: ['2001:db8::2,asn=1.10'],
    announce: ['192.0.2.0/24,prepend=2'],
  });
  assert.equal(config.asn, 64500);
  assert.deepEqual(
    config.peers.map(({ asn, holdTimeSeconds }) => [asn, holdTimeSeconds]),
    [
      [64501, 90],
      [65546, 90],
    ],
  );
  assert.deepEqual(
    config.announce.map(({ prefix, prepend, origin }) => [prefix, prepend, origin]),
    [['192.0.2.0/24', 2, 'igp']],
  );
});

test('all that is wrong is told at once, with its place', (context) => {
  const file = join(temporaryDirectory(context), 'speak.yaml');
  writeFileSync(
    file,
    'asn: x\nrouterId: 10.0.0.1\npeers:\n  - address: 10.0.0.2\n    asn: 64501\n    holdTimeSeconds: 2\n',
  );
  assert.deepEqual(
    codes(() => readSpeakConfig({ file })),
    [`speak.asn-syntax ${file}:1:6  asn`, `speak.type ${file}:6:22  peers[0].holdTimeSeconds`],
  );
  assert.deepEqual(
    codes(() => readSpeakConfig({ ...self, peer: ['10.0.0.2,asn=64501,hold=9'] })),
    ['speak.unknown-key --peer (number 1)  hold'],
  );
  assert.deepEqual(
    codes(() => readSpeakConfig(self)).map((each) => each.split(' ')[1]),
    ['--peer'],
  );
  assert.deepEqual(
    codes(() => readAnnounce('192.0.2.1/24')),
    ['speak.prefix-host-bits announce 192.0.2.1/24  prefix'],
  );
  assert.deepEqual(
    codes(() => readSpeakConfig({ file: '/nowhere/speak.yaml' })),
    ['speak.file-unreadable /nowhere/speak.yaml'],
  );
});

test('from words to a peering', () => {
  const [entry] = readSpeakConfig({
    ...self,
    peer: [
      '10.0.0.2,asn=64501,connect=both,localAddress=10.0.0.1,passwordEnv=KEY,ttlSecurityHops=1,nextHop6=2001:db8::1',
    ],
  }).peers;
  assert.ok(entry);
  assert.deepEqual(peerTransport(entry, { KEY: 'secret' }), {
    remote: { host: '10.0.0.2', port: 179 },
    listen: { host: '10.0.0.1', port: 179 },
    localAddress: '10.0.0.1',
    password: 'secret',
    minimumTtl: 255,
  });
  assert.deepEqual(
    codes(() => peerTransport(entry, {})),
    ['speak.password peer 10.0.0.2  passwordEnv'],
  );
  const { nextHops, passive } = peerConfig(entry, exportPolicyOf([]));
  assert.deepEqual([nextHops, passive], [{ ipv4: address('10.0.0.1'), ipv6: address('2001:db8::1') }, false]);
});

test('routes that ask for copies of our ASN share a term for each number of them', () => {
  const entries = ['10.0.0.0/8,prepend=2', '11.0.0.0/8', '12.0.0.0/8,prepend=2', '13.0.0.0/8,prepend=1'].map(
    readAnnounce,
  );
  const { terms, otherwise } = exportPolicyOf(entries);
  assert.deepEqual(
    terms.map(({ match }) => match.prefixes?.map(({ prefix }) => prefix)),
    [['10.0.0.0/8', '12.0.0.0/8'], ['13.0.0.0/8']],
  );
  assert.equal(otherwise, 'accept');
  const { attributes } = localRouteOf(
    readAnnounce('10.0.0.0/8,origin=egp,med=0,communities=no-export+1:2,largeCommunities=1:2:3'),
  );
  assert.deepEqual(attributes, {
    originCode: 'egp',
    multiExitDiscriminator: 0,
    communities: [0xffff_ff01, 0x1_0002],
    largeCommunities: [[1, 2, 3]],
  });
});

test('lines for people; a peer’s words cannot move the cursor', () => {
  const best = makeRoute({ path: [64501, [1, 2]], attributes: { communities: [0x1_0002], multiExitDiscriminator: 5 } });
  assert.deepEqual(eventText({ type: 'best', change: { prefix: best.prefix, best } }), [
    '+     192.0.2.0/24 via 203.0.113.1 path 64501 {1 2} igp med 5 communities 1:2 from a',
  ]);
  assert.deepEqual(eventText({ type: 'best', change: { prefix: best.prefix, best: undefined } }), [
    '-     192.0.2.0/24',
  ]);
  const reason = { kind: 'notification-received', what: 'peer closed', communication: 'bye\u001b[2J' } as const;
  assert.deepEqual(eventText({ type: 'session', change: { type: 'down', peer: 'a', wasEstablished: true, reason } }), [
    'down  a  peer closed "bye?[2J"',
  ]);
});

test('a session by hand: learns, is told more through its input, and says goodbye', async (t) => {
  const far = speaker(t, 64501);
  const { listen } = await far.addPeer(peer(5), { listen: { host: '127.0.0.1', port: 0 } });
  far.announce(localRouteOf(readAnnounce('198.51.100.0/24,med=7')));
  const config = readSpeakConfig({
    ...self,
    localAs: '5',
    peer: [`127.0.0.1,asn=64501,name=far,port=${listen?.port},nextHop=192.0.2.1,connectRetrySeconds=0.1`],
    announce: ['192.0.2.0/25'],
  });
  const input = new PassThrough();
  const lines: Record<string, unknown>[] = [];
  const print = (event: SpeakEvent) => void lines.push(eventJson(event));
  const done = speak(config, { clock: systemClock, random: seededRandom(1), environment: {}, input, print });
  await isUp(far, 'AS5');
  const route = await waitFor('its route', () => lines.find(({ type }) => type === 'route'));
  assert.deepEqual(route, {
    type: 'route',
    peer: 'far',
    prefix: '198.51.100.0/24',
    nextHop: '198.51.100.5',
    attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64501] }], multiExitDiscriminator: 7 },
  });

  input.write(
    'announce 192.0.2.128/25,prepend=1\nwithdraw 192.0.2.0/25\nroutes\nsent far\nwrong\nroutes nobody\nannounce x\n',
  );
  const told = () =>
    [...far.adjRibIn('AS5')].map(({ received }) => [received.prefix.length, received.attributes.asPath?.[0]?.asns]);
  await waitFor('our routes', () => JSON.stringify(told()) === '[[25,[5,5]]]');
  await waitFor('all answers', () => lines.filter(({ type }) => type === 'problem').length === 3);
  const answers = lines
    .filter(({ type }) => type === 'routes')
    .map(({ direction, routes }) => [direction, (routes as unknown[]).length]);
  assert.deepEqual(answers, [
    ['in', 1],
    ['out', 1],
  ]);

  input.write('stop moving to another rack\n');
  await done;
  assert.deepEqual(lines.at(-1), { type: 'stopped', unacknowledged: [] });
  await waitFor('our words', () => far.neighbors()[0]?.lastDown?.communication === 'moving to another rack');
});
