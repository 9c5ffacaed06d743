/** What `nearcast bgp speak` understands, and what it says: flags and files, commands, and lines for people and programs. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll } from '../../bgp/mod.ts';
import type { Negotiated } from '../../bgp/session/types.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { isUp, peer, speaker } from '../../testing/bgp-speakers.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import { eventJson, eventText, type SpeakEvent } from './events.ts';
import { wordsHelp } from './help.ts';
import { peerWords } from './peer-schema.ts';
import { announcementOf, exportPolicyOf, peerOf, policiesOf, rangeOf } from './peering.ts';
import { readAnnounce, readFlag, readSpeakConfig, type SpeakFlags } from './read.ts';
import type { PeerEntry } from './schema.ts';
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
    codes(() => readAnnounce('192.0.2.1/24')),
    ['speak.prefix-host-bits announce 192.0.2.1/24  prefix'],
  );
  assert.deepEqual(
    codes(() => readSpeakConfig({ file: '/nowhere/speak.yaml' })),
    ['speak.file-unreadable /nowhere/speak.yaml'],
  );
});

const around = (environment: Record<string, string> = {}, directory = '.') => ({ environment, directory });
const entryOf = (flag: string) => readSpeakConfig({ ...self, peer: [flag] }).peers[0] as PeerEntry;
const peerOfFlag = (flag: string, environment: Record<string, string> = {}) =>
  peerOf(entryOf(flag), around(environment), undefined);

test('from words to a peering', () => {
  const words = 'connect=both,localAddress=10.0.0.1,passwordEnv=KEY,ttlSecurityHops=1,nextHop6=2001:db8::1';
  const { importPolicy, ...peer } = peerOfFlag(`10.0.0.2,asn=64501,${words}`, { KEY: 'secret' });
  assert.deepEqual(importPolicy, acceptAll);
  assert.deepEqual(peer, {
    address: '10.0.0.2',
    id: '10.0.0.2',
    asn: 64501,
    connect: 'both',
    port: 179,
    listenPort: 179,
    localAddress: '10.0.0.1',
    password: 'secret',
    ttlSecurityHops: 1,
    holdTimeSeconds: 90,
    connectRetrySeconds: 5,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    nextHops: { ipv6: '2001:db8::1' },
  });
  assert.deepEqual(
    codes(() => peerOfFlag(`10.0.0.2,asn=64501,${words}`)),
    ['speak.password peer 10.0.0.2  passwordEnv'],
  );
});

test('every option of the speaker has its word', () => {
  const rows: Readonly<Record<string, object>> = {
    'role=customer,requireRole': { role: 'customer', requireRole: true },
    'addPath=ipv4-unicast:send+ipv6-unicast,advertisedPaths=2': {
      addPath: [
        { family: 'ipv4-unicast', direction: 'send' },
        { family: 'ipv6-unicast', direction: 'both' },
      ],
      advertisedPaths: 2,
    },
    'routeServerClient,acceptAnyFirstAs,allowAsSet': {
      routeServerClient: true,
      acceptAnyFirstAs: true,
      allowAsSet: true,
    },
    reflectorClient: { reflectorClient: true },
    'localAs=64999,localAsNoPrepend,localAsReplaceAs': { localAs: { asn: 64999, noPrepend: true, replaceAs: true } },
    'allowOwnAs=1,removePrivateAs=all': { allowOwnAs: 1, removePrivateAs: 'all' },
    'maximumPrefixes=5,families=ipv6-unicast': { limits: { in: { 'ipv6-unicast': { maximum: 5 } } } },
    'nextHop=2001:db8::1,extendedNextHop,extendedMessages': {
      nextHops: { ipv4: '2001:db8::1' },
      extendedNextHop: true,
      extendedMessages: true,
    },
    'nextHopSelf=false,nextHopUnchanged': { nextHop: 'unchanged' },
    nextHopSelf: { nextHop: 'self' },
    'gracefulRestart,longLivedSeconds=60,preserve=ipv4-unicast,restartTimeSeconds=9,restarted': {
      gracefulRestart: {
        longLivedSeconds: 60,
        preserve: ['ipv4-unicast'],
        restartTimeSeconds: 9,
        restarted: true,
      },
    },
    'relation=provider,delayOpenSeconds=0.5,multihop=3': { relation: 'provider', delayOpenSeconds: 0.5, multihop: 3 },
    'tcpAo=1:2:KEY+3:4:KEY:cmac(aes128)': {
      tcpAo: [
        { sendId: 1, recvId: 2, algorithm: 'hmac(sha1)', key: 'secret' },
        { sendId: 3, recvId: 4, algorithm: 'cmac(aes128)', key: 'secret' },
      ],
    },
  };
  for (const [words, wanted] of Object.entries(rows)) {
    const peer = peerOfFlag(`10.0.0.2,asn=64501,${words}`, { KEY: 'secret' }) as object;
    const found = Object.fromEntries(Object.entries(peer).filter(([key]) => key in wanted));
    assert.deepEqual(found, wanted, words);
  }
  const [range] = readSpeakConfig({ ...self, range: ['10.0.0.0/24,asn=64501,name=rack,maximumPeers=3'] }).ranges;
  assert.ok(range);
  const { addresses, id, maximumPeers } = rangeOf(range, around());
  assert.deepEqual([addresses, id, maximumPeers], ['10.0.0.0/24', 'rack', 3]);
});

test('words that cannot be meant are refused with a way out', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['10.0.0.2,asn=0', 'speak.asn-zero --peer (number 1)  asn'],
    ['10.0.0.2,asn=64501,localAs=0', 'speak.asn-zero --peer (number 1)  localAs'],
    ['10.0.0.2', 'speak.missing --peer (number 1)  asn'],
    ['10.0.0.0/24,asn=1', 'speak.address-syntax --peer (number 1)  address'],
    ['fe80::1,asn=1', 'speak.address-zone --peer (number 1)  address'],
    ['10.0.0.2,asn=1,holdTimeSeconds=2', 'speak.type --peer (number 1)  holdTimeSeconds'],
    ['10.0.0.2,asn=1,role=transit', 'speak.choice --peer (number 1)  role'],
    ['10.0.0.2,asn=1,addPath=ipv4', 'speak.format --peer (number 1)  addPath[0]'],
    ['10.0.0.2,asn=1,tcpAo=1:300:KEY', 'speak.tcp-ao --peer (number 1)  tcpAo[0]'],
    ['10.0.0.2,asn=1,tcpAo=1:1:KEY,passwordEnv=KEY', 'speak.contradiction --peer (number 1)  tcpAo'],
    ['10.0.0.2,asn=1,nextHopSelf,nextHopUnchanged', 'speak.contradiction --peer (number 1)  nextHopUnchanged'],
    ['10.0.0.2,asn=1,nextHop=2001:db8::1', 'speak.contradiction --peer (number 1)  nextHop'],
    ['10.0.0.2,asn=1,longLivedSeconds=5', 'speak.contradiction --peer (number 1)  longLivedSeconds'],
    ['10.0.0.2,asn=1,localAsReplaceAs', 'speak.contradiction --peer (number 1)  localAsReplaceAs'],
    ['10.0.0.2,asn=1,name=two words', 'speak.format --peer (number 1)  name'],
  ];
  for (const [flag, code] of rows) {
    assert.deepEqual(
      codes(() => readSpeakConfig({ ...self, peer: [flag] })),
      [code],
      flag,
    );
  }
  assert.deepEqual(
    codes(() => readSpeakConfig({ ...self, localAs: '0', peer: ['10.0.0.2,asn=1'] })),
    ['speak.asn-zero --local-as'],
  );
  const fixOf = (flags: SpeakFlags) => {
    try {
      readSpeakConfig(flags);
    } catch (error) {
      return (error as ProblemError).problems.map(({ fix }) => fix);
    }
    return [];
  };
  assert.deepEqual(fixOf({ peer: ['10.0.0.2'] }), [
    'add it, for example --local-as 64500',
    'add it, for example --router-id 198.51.100.2',
    'add it, for example asn=64500',
  ]);
  assert.deepEqual(
    codes(() => readSpeakConfig({ ...self, peer: ['10.0.0.2,asn=1', '10.0.0.2,asn=2'] })),
    ['speak.name'],
  );
  assert.deepEqual(
    codes(() => readSpeakConfig(self)),
    ['speak.nobody'],
  );
});

test('what flags add to a file is told as flags', (context) => {
  const file = join(temporaryDirectory(context), 'speak.yaml');
  writeFileSync(file, 'asn: 1\nrouterId: 10.0.0.9\npeers:\n  - { address: 10.0.0.2, asn: 0 }\npears: []\n');
  assert.deepEqual(
    codes(() => readSpeakConfig({ file, routerId: 'x', peer: ['10.0.0.3,asn=0'] })),
    [
      'speak.address-syntax --router-id',
      `speak.asn-zero ${file}:4:31  peers[0].asn`,
      'speak.asn-zero --peer (number 1)  asn',
      `speak.unknown-key ${file}:5:1  pears`,
    ],
  );
});

test('policies: in the file, in a file of their own beside it, and wrong ones located', (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(
    join(directory, 'in.yaml'),
    'terms:\n  - name: ours\n    match: { prefixes: [{ prefix: 192.0.2.0/24 }] }\n    verdict: accept\notherwise: reject\n',
  );
  const policies = (flag: string) => policiesOf(entryOf(flag), around({}, directory));
  const found = policies('10.0.0.2,asn=1,importPolicy=in.yaml').import;
  assert.deepEqual([found.terms[0]?.name, found.otherwise], ['ours', 'reject']);
  assert.deepEqual(
    codes(() => policies('10.0.0.2,asn=1,exportPolicy=none.yaml')),
    ['speak.policy-file 10.0.0.2  exportPolicy'],
  );
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['terms: [\n', /^speak\.yaml-syntax .*wrong\.yaml:/],
    ['terms: []\notherwise: maybe\n', /^speak\.choice .*wrong\.yaml:2:12 {2}otherwise$/],
    ['terms: [{ name: a, match: { prefix: 1 } }]\notherwise: accept\n', /^policy\.condition .*wrong\.yaml/],
    ['terms: [{ name: a, match: { prefixes: 7 } }]\notherwise: accept\n', /^speak\.policy .*wrong\.yaml/],
    ['terms: [{ name: a, match: {}, actions: [{ type: x }] }]\notherwise: accept\n', /^policy\.action .*wrong\.yaml/],
  ];
  for (const [text, code] of wrong) {
    writeFileSync(join(directory, 'wrong.yaml'), text);
    assert.match(codes(() => policies('10.0.0.2,asn=1,importPolicy=wrong.yaml')).join('\n'), code);
  }
  const file = join(directory, 'speak.yaml');
  writeFileSync(
    file,
    'asn: 1\nrouterId: 10.0.0.9\npeers:\n  - { address: 10.0.0.2, asn: 2, importPolicy: { terms: [], otherwise: reject } }\n',
  );
  const [entry] = readSpeakConfig({ file }).peers;
  assert.deepEqual(entry && policiesOf(entry, around()).import, { terms: [], otherwise: 'reject' });
});

test('routes that ask for copies of our ASN share a term for each number of them; nothing else is passed on', () => {
  const entries = ['10.0.0.0/8,prepend=2', '11.0.0.0/8', '12.0.0.0/8,prepend=2', '13.0.0.0/8,prepend=1'].map(
    readAnnounce,
  );
  const { terms, otherwise } = exportPolicyOf(entries, { passOn: false });
  assert.deepEqual(
    terms.map(({ match }) => match.prefixes?.map(({ prefix }) => prefix)),
    [['10.0.0.0/8', '12.0.0.0/8'], ['13.0.0.0/8'], undefined],
  );
  assert.deepEqual([terms.at(-1)?.match.learnedFrom, otherwise], [['local'], 'reject']);
  assert.equal(exportPolicyOf(entries, { passOn: true }).otherwise, 'accept');
  assert.equal(exportPolicyOf(entries, { passOn: true }, { terms: [], otherwise: 'reject' }).otherwise, 'reject');
  const announcement = announcementOf(
    readAnnounce('10.0.0.0/8,origin=egp,med=0,communities=no-export+1:2,largeCommunities=1:2:3'),
  );
  assert.deepEqual(announcement, {
    originCode: 'egp',
    multiExitDiscriminator: 0,
    communities: ['65535:65281', '1:2', '1:2:3'],
  });
});

test('the help has a line for every word', () => {
  const help = wordsHelp();
  for (const word of [...Object.keys(peerWords), 'prefix', 'med']) {
    assert.match(help, new RegExp(`^  ${word} +[A-Z0-9].*\\.`, 'm'), `${word} is described`);
  }
});

test('lines for people; a peer’s words cannot move the cursor', () => {
  const best = makeRoute({ path: [64501, [1, 2]], attributes: { communities: [0x1_0002], multiExitDiscriminator: 5 } });
  const { prefix, family } = best;
  assert.deepEqual(eventText({ type: 'best', change: { prefix, family, best } }), [
    '+     192.0.2.0/24 via 203.0.113.1 path 64501 {1 2} igp med 5 communities 1:2 from a',
  ]);
  assert.deepEqual(eventText({ type: 'best', change: { prefix, family, best: undefined } }), ['-     192.0.2.0/24']);
  const numbered = { type: 'best', change: { prefix, family, best: { ...best, pathId: 3 } } } as const;
  assert.match(eventText(numbered).join(), /^\+ {5}192\.0\.2\.0\/24 #3 via /);
  const negotiated = {
    holdTimeSeconds: 9,
    keepaliveSeconds: 3,
    peerRouterId: best.nextHop,
    peerCapabilities: [],
    routeRefresh: true,
    enhancedRouteRefresh: false,
    peerRole: 'provider',
    codec: {
      fourOctetAsn: false,
      external: true,
      families: ['ipv4-unicast'],
      addPath: { receive: ['ipv4-unicast'], send: [] },
      extendedMessages: true,
    },
  } as unknown as Negotiated;
  assert.deepEqual(eventText({ type: 'session', change: { type: 'up', peer: 'a', negotiated } }), [
    'up    a  hold time 9 s, ipv4-unicast, the peer is provider, several paths in ipv4-unicast, extended messages, AS numbers of 2 octets',
  ]);
  const reason = { kind: 'notification-received', what: 'peer closed', communication: 'bye\u001b[2J' } as const;
  assert.deepEqual(eventText({ type: 'session', change: { type: 'down', peer: 'a', wasEstablished: true, reason } }), [
    'down  a  peer closed "bye?[2J"',
  ]);
});

test('a session by hand: learns, is told more through its input, and says goodbye', async (t) => {
  const far = speaker(t, 64501);
  const { listen } = await far.addPeer(peer(5), { listen: { host: '127.0.0.1', port: 0 } });
  far.announce({ prefix: mustPrefix('198.51.100.0/24'), attributes: { multiExitDiscriminator: 7 } });
  const config = readSpeakConfig({
    ...self,
    localAs: '5',
    peer: [`127.0.0.1,asn=64501,name=far,port=${listen?.port},nextHop=192.0.2.1,connectRetrySeconds=0.1`],
    announce: ['192.0.2.0/25'],
  });
  const input = new PassThrough();
  const lines: Record<string, unknown>[] = [];
  const print = (event: SpeakEvent) => void lines.push(eventJson(event));
  const done = speak(config, { clock: systemClock, random: seededRandom(1), ...around(), input, print, updates: true });
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
