/**
 * A real BIRD 2 as the upstream of one PoP, with the provider settings of the article: neighbour 169.254.169.254, AS 64515,
 * `multihop 2`, an MD5 password. Real packets: the upstream's kernel routes the anycast address by what BIRD learned.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  connect,
  makeNamespace,
  type Namespace,
  namespacesUnavailable,
  programPath,
} from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

const bird = programPath('bird');
const unavailable =
  namespacesUnavailable() ?? (bird === undefined ? 'BIRD 2 is missing: npm run test:setup' : undefined);
if (unavailable !== undefined) console.error(`SKIPPED, interop with BIRD: ${unavailable}`);

const nearcast = resolve('bin/nearcast');
const password = 'a-16-byte-secret';

const networkFile = `
network: article
asn: 64500
prefixes:
  - { prefix: 192.0.2.0/24, address: 192.0.2.1 }
pops:
  ams:
    location: Amsterdam, NL
    sessions:
      - provider: vultr
        sourceAddress: 203.0.113.123
        password: { env: VULTR_BGP_PASSWORD }
        holdTimeSeconds: 12
        announce: { prepend: 2 }
health:
  edge: { http: /healthz, intervalMs: 100, timeoutMs: 100, rise: 2, fall: 3 }
services:
  docs: { kind: static, directory: ./site }
domains:
  docs.example.com: docs
`;

const birdConfig = (directory: string): string => `
log "${directory}/bird.log" all;
router id 203.0.113.1;
debug protocols { states, events };
protocol device { scan time 1; }
protocol direct { ipv4; interface "up0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol bgp pop {
  local 169.254.169.254 as 64515;
  neighbor 203.0.113.123 as 64500;
  multihop 2;
  password "${password}";
  hold time 90;
  ipv4 { import all; export none; };
}
`;

describe('a PoP with a real BIRD as upstream', { skip: unavailable, timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bird-'));
  let upstream: Namespace;
  let pop: Namespace;

  const birdc = (...words: string[]): string => upstream.run('birdc', '-s', join(directory, 'bird.ctl'), ...words);
  const route = (): string => birdc('show', 'route', 'for', '192.0.2.1', 'all');
  const hasRoute = (): boolean => {
    try {
      return route().includes('192.0.2.0/24');
    } catch (error) {
      // birdc ends with 1 where there is no such route; anything else is a fault of the test's set-up.
      if (String((error as { stdout?: Buffer }).stdout).includes('Network not found')) return false;
      throw error;
    }
  };
  const cli = (...args: string[]): string => pop.run(nearcast, ...args);
  const curl = (): string =>
    upstream.run('curl', '-si', '--max-time', '2', '-H', 'Host: docs.example.com', 'http://192.0.2.1/');
  const status = (): { pops: { phase: string; agentPid: number; edgePid: number }[] } =>
    JSON.parse(cli('status', '--json'));
  const phase = (): string | undefined => status().pops[0]?.phase;

  before(async () => {
    upstream = makeNamespace('up');
    pop = makeNamespace('pop');
    connect(
      { namespace: upstream, device: 'up0', addresses: ['203.0.113.1/24'] },
      { namespace: pop, device: 'pop0', addresses: ['203.0.113.123/24'] },
    );
    upstream.run('ip', 'address', 'add', '169.254.169.254/32', 'dev', 'lo');
    pop.run('ip', 'route', 'add', 'default', 'via', '203.0.113.1');

    writeFileSync(join(directory, 'bird.conf'), birdConfig(directory));
    upstream.start(bird as string, ['-f', '-c', join(directory, 'bird.conf'), '-s', join(directory, 'bird.ctl')]);
    await waitFor('BIRD to answer', () => birdc('show', 'status').includes('Daemon is up'));

    writeFileSync(join(directory, 'network.yaml'), networkFile);
    pop.run('mkdir', join(directory, 'site'));
    writeFileSync(join(directory, 'site', 'index.html'), '<h1>from the PoP</h1>');
    const state = join(directory, 'control');
    pop.start(nearcast, ['control', '--network', join(directory, 'network.yaml'), '--state', state]);
    const token = join(state, 'tokens', 'ams.token');
    await waitFor("the agent's token", () => readFileSync(token).length > 0);
    const agent = ['agent', '--pop', 'ams', '--control', 'http://127.0.0.1:7480', '--token-file', token];
    agent.push('--state', join(directory, 'pop'), '--bind-interface', 'lo');
    pop.start(nearcast, agent, { VULTR_BGP_PASSWORD: password });
  });

  after(() => {
    for (const namespace of [pop, upstream]) namespace?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test('the session comes up with MD5, and BIRD has the route with our AS path', async () => {
    await waitFor('the route in BIRD', hasRoute, 20_000);
    assert.match(route(), /BGP\.as_path: 64500 64500 64500\s/);
    assert.match(route(), /BGP\.next_hop: 203\.0\.113\.123\s/);
    const session = birdc('show', 'protocols', 'all', 'pop');
    assert.match(session, /BGP state:\s+Established/);
    assert.match(session, /Hold timer:\s+[\d.]+\/12/);
  });

  test('real packets reach the edge on the anycast address', async () => {
    const answer = await waitFor('an answer', curl);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /x-nearcast-pop: ams/i);
    assert.match(answer, /from the PoP/);
  });

  test('a drain takes the route away, the session stays, and resume brings the route back', async () => {
    assert.throws(() => cli('pop', 'drain', 'ams'), /last/, 'the last announcing PoP is not drained unless forced');
    assert.ok(hasRoute());
    cli('pop', 'drain', 'ams', '--force');
    await waitFor('the route to leave BIRD', () => !hasRoute());
    await waitFor('the drain to end', () => phase() === 'drained');
    assert.match(birdc('show', 'protocols', 'all', 'pop'), /BGP state:\s+Established/);
    cli('pop', 'resume', 'ams');
    await waitFor('the route to be back', hasRoute);
  });

  test('a killed edge takes the route away, and a new edge brings it back', async () => {
    await waitFor('the PoP to announce', () => phase() === 'announcing');
    const { edgePid } = status().pops[0] as { edgePid: number };
    process.kill(edgePid, 'SIGKILL');
    await waitFor('the route to leave BIRD', () => !hasRoute());
    await waitFor('the route to be back', hasRoute, 20_000);
    await waitFor('another edge', () => phase() === 'announcing' && status().pops[0]?.edgePid !== edgePid);
    assert.match(await waitFor('an answer', curl), /^HTTP\/1\.1 200 /);
  });

  test('stopping the agent withdraws and says why', async () => {
    const { agentPid, edgePid } = status().pops[0] as { agentPid: number; edgePid: number };
    process.kill(agentPid, 'SIGTERM');
    await waitFor('the route to leave BIRD', () => !hasRoute());
    const log = await waitFor('the notification', () => {
      const text = readFileSync(join(directory, 'bird.log'), 'utf8');
      return /Administrative shutdown/i.test(text) ? text : undefined;
    });
    assert.match(log, /Received: Administrative shutdown.*"?.+/i);
    await waitFor('the edge to be stopped', () => {
      try {
        process.kill(edgePid, 0);
        return false;
      } catch {
        return true;
      }
    });
    assert.throws(() => pop.run('sh', '-c', 'ip address show dev lo | grep 192.0.2.1'), 'the address is unbound');
  });
});
