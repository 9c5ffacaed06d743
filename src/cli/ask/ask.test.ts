/**
 * The whole way: a network file, control, an agent with the embedded announcer, neighbours that send routes, an RPKI cache, and
 * the command line as a user runs it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEmbeddedAnnouncer } from '../../announcer/embedded.ts';
import { assert as must } from '../../base/assert.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll } from '../../bgp/policy/common.ts';
import { createSpeaker } from '../../bgp/transport/speaker-host.ts';
import type { SpeakerHost } from '../../bgp/transport/types.ts';
import { parseAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { type Agent, startAgent } from '../../pop/agent.ts';
import { freePort } from '../../testing/bgp-speakers.ts';
import { ControlFixture } from '../../testing/control-fixture.ts';
import { FakeCache } from '../../testing/rtr-cache.ts';
import { waitFor } from '../../testing/wait.ts';

const skip = existsSync('/proc/self/cmdline')
  ? false
  : 'processes are identified by /proc, which this system does not have';
const fakeEdge = fileURLToPath(new URL('../../testing/fake-edge.ts', import.meta.url));
const fixture = new ControlFixture();
let cache: FakeCache;
let upstream: SpeakerHost;
let agent: Agent;
let state = '';

before(async () => {
  if (skip !== false) return;
  cache = await FakeCache.start();
  cache.set([
    { type: 'prefix', announce: true, vrp: { prefix: mustPrefix('198.51.100.0/24'), maxLength: 24, asn: 64501 } },
  ]);
  fixture.writeNetwork((text) =>
    text
      .replace(', password: { env: FRA_PASSWORD }', ', receive: { accept: all }')
      .replace('pops:', `rpki: { caches: [{ host: 127.0.0.1, port: ${cache.port} }] }\npops:`),
  );
  await fixture.start();
  const { speaker, port } = await startUpstream();
  upstream = speaker;
  agent = await startFrankfurt(port);
  const caught = () => cli('show', 'routes', '198.51.100.0/25', '--json', '--socket', state);
  await waitFor('validated routes', async () => (await caught()).out.includes('"refused"'), 20_000);
});

after(async () => {
  if (skip !== false) return;
  await agent.stop('the test ends');
  await upstream.stop({ timeoutMs: 500 });
  await cache.stop();
  await fixture.end();
});

async function startUpstream(): Promise<{ speaker: SpeakerHost; port: number }> {
  const [us, pop] = [parseAddress('203.0.113.1'), parseAddress('203.0.113.2')];
  must(us !== undefined && pop !== undefined, 'addresses');
  const speaker = createSpeaker({ asn: 64501, routerId: us, clock: systemClock, random: seededRandom(2) });
  const { listen } = await speaker.addPeer(
    {
      id: 'fra',
      address: pop,
      peerAsn: 64500,
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: us },
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  for (const prefix of ['198.51.100.0/24', '198.51.100.0/25']) {
    speaker.announce({ prefix: mustPrefix(prefix), attributes: { originCode: 'igp' } });
  }
  must(listen !== undefined, 'it listens');
  return { speaker, port: listen.port };
}

async function startFrankfurt(upstreamPort: number): Promise<Agent> {
  state = join(fixture.directory, 'fra');
  const tokenFile = join(fixture.directory, 'fra.token');
  writeFileSync(tokenFile, fixture.token('fra'));
  return startAgent({
    pop: 'fra',
    controlUrl: fixture.url,
    tokenFile,
    stateDirectory: state,
    edgeCommand: [process.execPath, fakeEdge],
    loopback: { sessions: {}, listen: { '192.0.2.1': { host: '127.0.0.1', port: await freePort() } } },
    logger: silentLogger,
    random: seededRandom(1),
    announcer: createEmbeddedAnnouncer({
      clock: systemClock,
      random: seededRandom(3),
      logger: silentLogger,
      environment: {},
      connectVia: () => ({ host: '127.0.0.1', port: upstreamPort }),
    }),
  });
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function cli(...args: readonly string[]): Promise<Said> {
  const env = { ...process.env, NEARCAST_API: fixture.url };
  return new Promise((done) => {
    execFile(resolve('bin/nearcast'), [...args], { env }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const problemCode = ({ err }: Said): string | undefined => /code: {2}(\S+)/.exec(err)?.[1];

test('routes, through control and by the socket, with their validation', { skip }, async () => {
  const expected = [
    /^ {3}PREFIX .*RPKI .*AS PATH .*WHY NOT$/,
    /^> {2}198\.51\.100\.0\/24 .*fra\/0\/ipv4 .* valid .*64501 i$/,
    /^x {2}198\.51\.100\.0\/25 .*fra\/0\/ipv4 .* invalid .*64501 i .*import policy: RPKI invalid origin$/,
  ];
  for (const way of [
    ['--pop', 'fra'],
    ['--socket', state],
    ['--socket', join(state, 'agent.sock')],
  ]) {
    const { code, out, err } = await cli('show', 'routes', '198.51.100.0/24', '--longer', ...way);
    assert.deepEqual([code, err], [0, '']);
    for (const [index, pattern] of expected.entries()) assert.match(out.split('\n')[index] ?? '', pattern);
  }
  const received = await cli('show', 'routes', '--received-from', 'AS64501', '--pop', 'fra', '--limit', '1', '--json');
  assert.deepEqual([received.out.trim().split('\n').length, /more than 1/.test(received.err)], [1, true]);
  assert.equal(JSON.parse(received.out).pop, 'fra');
  const told = await cli('show', 'routes', '--advertised-to', '203.0.113.1', '--pop', 'fra');
  assert.match(told.out, /^< {2}192\.0\.2\.0\/24 .*64500 i$/m);
});

test('a PoP whose agent is away is told beside the others’ answers, with the exit code of it', { skip }, async () => {
  const { code, out, err } = await cli('show', 'neighbors');
  assert.equal(code, 5);
  assert.match(out, /^POP .*\nfra {2}fra\/0\/ipv4 {2}203\.0\.113\.1 {2}64501 {2}established/);
  assert.match(err, /the agent of sin cannot be asked: it is not connected/);
  const json = JSON.parse((await cli('show', 'neighbors', '--json')).out);
  assert.deepEqual([json.pops.length, json.problems[0].code], [1, 'control.agent-away']);
  const alone = await cli('show', 'routes', '--pop', 'sin');
  assert.deepEqual([alone.code, problemCode(alone)], [5, 'control.agent-away']);
});

test('a route is explained: by its address, and our own by what the PoP does with it', { skip }, async () => {
  const foreign = await cli('explain', 'route', '198.51.100.7', '--pop', 'fra');
  assert.deepEqual([foreign.code, foreign.err], [0, '']);
  assert.match(foreign.out, /^198\.51\.100\.0\/25 at fra: one path, none usable$/m);
  assert.match(foreign.out, /RPKI: invalid: the ROA of AS64501 for 198\.51\.100\.0\/24 ends at \/24/);
  assert.match(foreign.out, /✓ RPKI invalid origin: reject/);
  await waitFor('announcing', () => agent.report().phase === 'announcing');
  const own = await cli('explain', 'route', '192.0.2.0/24', '--socket', state);
  assert.match(own.out, /ours: to be announced \(announcing: healthy\)/);
  assert.match(own.out, /✓ fra\/0\/ipv4, AS64501 203\.0\.113\.1: path 64500, next hop 203\.0\.113\.2/);
  const { pops } = JSON.parse((await cli('explain', 'route', '192.0.2.0/24', '--pop', 'fra', '--json')).out);
  assert.deepEqual([pops[0].pop, pops[0].told[0].told, pops[0].own.mode], ['fra', true, 'announce']);
});

test('status and metrics show what validates', { skip }, async () => {
  assert.match((await cli('status')).out, /^fra .* current 1 /m);
  const metrics = (await fixture.ask('/metrics')).text;
  assert.match(metrics, /nearcast_control_pop_rpki_vrps\{pop="fra"\} 1/);
  assert.match(metrics, /nearcast_control_pop_rpki_current\{pop="fra"\} 1/);
});

test('what a new user gets wrong is answered with the way out', { skip }, async () => {
  const file = join(fixture.directory, 'network.yaml');
  const cases: readonly (readonly [readonly string[], number, string, RegExp])[] = [
    [['show', 'routes', '--pop', 'fran'], 3, 'control.unknown-pop', /did you mean fra/],
    [['show', 'routes', '--pop', ''], 2, 'cli.pop', /nearcast pop list/],
    [['show', 'routes', '198.51.100.7/24'], 2, 'cli.prefix', /did you mean 198\.51\.100\.0\/24/],
    [['show', 'routes', '--longer'], 2, 'cli.prefix', /--longer/],
    [['show', 'routes', '--received-from', 'AS1', '--pop', 'fra'], 3, 'agent.unknown-neighbor', /fra has fra\/0\/ipv4/],
    [['show', 'neighbors', 'AS1', '--pop', 'fra'], 3, 'cli.unknown-neighbor', /fra\/0\/ipv4/],
    [['explain', 'route', 'example.com'], 2, 'cli.prefix', /192\.0\.2\.0\/24/],
    [['show', 'neighbors', '--socket', file], 2, 'cli.socket', /state directory/],
    [['show', 'neighbors', '--socket', '/nowhere/agent.sock'], 5, 'cli.agent-away', /start the agent/],
    [['show', 'neighbors', '--socket', fixture.state], 5, 'cli.agent-away', /start the agent/],
    [['show', 'neighbors', '--socket', state, '--pop', 'sin'], 2, 'cli.other-pop', /leave --pop out/],
    [['show', 'neighbors', '--api', 'http://127.0.0.1:1'], 5, 'cli.control-away', /start it/],
  ];
  await Promise.all(
    cases.map(async ([args, code, problem, way]) => {
      const said = await cli(...args);
      assert.deepEqual([said.code, problemCode(said), said.out], [code, problem, ''], args.join(' '));
      assert.match(said.err, way, args.join(' '));
    }),
  );
  assert.equal((await cli('show', 'routes', '--best', '--advertised-to', 'x')).code, 2);
  assert.equal((await cli('show', 'routes', '--limit', 'many')).code, 2);
  assert.equal((await cli('show')).code, 2);
});

test('a socket of something else is told apart from an agent', { skip }, async (context) => {
  const path = join(fixture.directory, 'other.sock');
  const server: Server = createServer((socket) => socket.end('hello\r\n'));
  await new Promise<void>((listening) => server.listen(path, listening));
  context.after(() => server.close());
  const said = await cli('show', 'neighbors', '--socket', path);
  assert.deepEqual([said.code, problemCode(said)], [5, 'cli.agent-silent']);
});
