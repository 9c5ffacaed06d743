/**
 * The examples of the library's page, each run as a user would: against a real BIRD in a network namespace where there is one,
 * else against our own speaker on loopback. And the page shows the code that runs here.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  type Address,
  acceptAll,
  announceOwn,
  codecContext,
  createSpeaker,
  encodeMessage,
  formatPrefix,
  parseAddress,
} from '../src/bgp/mod.ts';
import { messageRecord, stateChangeRecord } from '../src/bgp/mrt/encode/records.ts';
import { mustPrefix } from '../src/ip/prefix.ts';
import { connect, makeNamespace, namespacesUnavailable, programPath } from '../src/testing/namespaces.ts';
import { temporaryDirectory } from '../src/testing/temporary.ts';
import { waitFor } from '../src/testing/wait.ts';

/** A router to run an example against; the example starts where `run` starts it. */
interface Router {
  readonly name: string;
  /** The options that lead an example to it. */
  readonly options: readonly string[];
  readonly address: string;
  run(args: readonly string[]): ChildProcess;
  /** What it has learned from the example. */
  learned(): readonly string[];
  announce(prefixes: readonly string[]): void;
}

const birdProgram = programPath('bird');
const noBird =
  namespacesUnavailable() ?? (birdProgram === undefined ? 'BIRD is missing: npm run test:setup' : undefined);
if (noBird !== undefined) console.error(`the examples run against our own speaker alone: ${noBird}`);

const asn = 64501;
const nodeArgs = ['-C', 'nearcast-source'];

/** BIRD at the other end of a cable between two namespaces. */
async function birdRouter(t: TestContext): Promise<Router> {
  const [here, there] = [makeNamespace('example'), makeNamespace('bird')];
  t.after(() => {
    for (const each of [here, there]) each.remove();
  });
  connect(
    { namespace: here, device: 'cable', addresses: ['10.99.0.1/24'] },
    { namespace: there, device: 'cable', addresses: ['10.99.0.2/24'] },
  );
  const path = join(temporaryDirectory(t), 'bird.conf');
  const control = path.replace('.conf', '.ctl');
  const configure = (prefixes: readonly string[]): void =>
    writeFileSync(
      path,
      `router id 10.99.0.2;
protocol device { }
protocol static { ipv4; ${prefixes.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
protocol bgp peer {
  local 10.99.0.2 as ${asn}; neighbor 10.99.0.1 as 64500; direct; passive;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`,
    );
  const ask = (...words: string[]): string => there.run('birdc', '-s', control, ...words);
  configure([]);
  there.start(birdProgram as string, ['-f', '-c', path, '-s', control]);
  await waitFor('BIRD to answer', () => ask('show', 'status').includes('Daemon is up'));
  return {
    name: 'BIRD',
    options: ['--peer', '10.99.0.2'],
    address: '10.99.0.1',
    run: (args) => here.start(process.execPath, [...nodeArgs, ...args]),
    learned: () =>
      [...ask('show', 'route', 'protocol', 'peer').matchAll(/^(\d\S+\/\d+)\s/gm)].map(([, prefix]) => prefix as string),
    announce(prefixes) {
      configure(prefixes);
      ask('configure');
    },
  };
}

/** Our own speaker on loopback. */
async function ownRouter(t: TestContext): Promise<Router> {
  const speaker = createSpeaker({ asn, routerId: '10.99.0.2' });
  t.after(() => speaker.stop({ timeoutMs: 500 }));
  const { id, listen } = await speaker.addPeer({
    address: '127.0.0.1',
    asn: 64500,
    connect: 'passive',
    localAddress: '127.0.0.2',
    listenPort: 0,
    importPolicy: acceptAll,
    exportPolicy: announceOwn,
  });
  const announced = new Set<string>();
  return {
    name: 'our speaker',
    options: ['--peer', '127.0.0.2', '--port', String(listen?.port), '--local-address', '127.0.0.1'],
    address: '127.0.0.1',
    run(args) {
      const child = spawn(process.execPath, [...nodeArgs, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      t.after(() => child.kill('SIGKILL'));
      return child;
    },
    learned: () => [...speaker.adjRibIn(id)].map(({ received }) => formatPrefix(received.prefix)),
    announce(prefixes) {
      for (const prefix of announced) if (!prefixes.includes(prefix)) speaker.withdraw(prefix);
      for (const prefix of prefixes) speaker.announce(prefix);
      announced.clear();
      for (const prefix of prefixes) announced.add(prefix);
    },
  };
}

/** An example that runs, and what it prints. */
function running(child: ChildProcess) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data));
  const says = (what: RegExp) =>
    waitFor(`it says ${what}`, () => {
      if (!what.test(output)) throw new Error(`it said: ${output}`);
      return true;
    });
  return {
    says,
    /** Asks it to stop and waits until it has ended by itself. */
    async ends() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exit, [0, null], output);
    },
  };
}

const routers = [...(noBird === undefined ? [birdRouter] : []), ownRouter];
const options = { skip: process.platform !== 'linux' && 'needs the loopback addresses of Linux', timeout: 60_000 };

for (const make of routers) {
  test(`announce while healthy (${make.name})`, options, async (t) => {
    const router = await make(t);
    const directory = temporaryDirectory(t);
    const marker = join(directory, 'healthy');
    // The check asks a web server beside the example, in its network; it is well while the marker is there.
    const server = join(directory, 'server.mjs');
    writeFileSync(
      server,
      `import http from 'node:http'; import { existsSync } from 'node:fs';
const healthy = () => existsSync(${JSON.stringify(marker)});
const server = http.createServer((_, answer) => answer.writeHead(healthy() ? 200 : 503).end());
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));`,
    );
    const web = router.run([server]);
    const [line] = (await once(web.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const check = `http://127.0.0.1:${Number(String(line).split(' ')[1])}/`;
    const args = [...router.options, '--check', check, '--interval-ms', '50'];
    const example = running(router.run(['examples/announce-while-healthy.ts', ...args]));
    await example.says(/session up/);
    assert.deepEqual(router.learned(), []);
    writeFileSync(marker, '');
    await waitFor('the route', () => router.learned().includes('192.0.2.0/24'));
    execFileSync('rm', [marker]);
    await example.says(/withdrawn/);
    await waitFor('no route', () => router.learned().length === 0);
    await example.ends();
  });

  test(`watch a table (${make.name})`, options, async (t) => {
    const router = await make(t);
    const prefixes = Array.from({ length: 300 }, (_, index) => `198.18.${index % 256}.${(index >> 8) * 128}/25`);
    router.announce(prefixes);
    const example = running(router.run(['examples/watch-table.ts', ...router.options]));
    await example.says(/complete: 300 prefixes, 1 paths/);
    router.announce([...prefixes.slice(1), '203.0.113.0/24']);
    await example.says(/\+ 203\.0\.113\.0\/24 path 64501/);
    await example.says(/- 198\.18\.0\.0\/25/);
    await example.ends();
  });
}

test('decode a capture of hex messages', (t) => {
  const [file] = [join(temporaryDirectory(t), 'capture.hex')];
  const nextHop = parseAddress('198.51.100.1');
  assert.ok(nextHop);
  const [update] = encodeMessage(
    {
      type: 'update',
      withdrawn: [],
      reach: [{ family: 'ipv4-unicast', nextHop, prefixes: [mustPrefix('192.0.2.0/24')] }],
      attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64501] }], communities: [0xfc01_0064] },
      errors: [],
    },
    codecContext(),
  );
  const hex = Buffer.from(update as Uint8Array).toString('hex');
  writeFileSync(file, `${'ff'.repeat(16)} 00 13 04\n${hex}\n${hex.slice(0, -2)}\n`);
  const output = decode(file);
  assert.match(output, /^keepalive \{\}\n {2}encodes to the same bytes\nupdate .*"nlri":\["192\.0\.2\.0\/24"\]/);
  assert.match(output, /"communities":\["64513:100"\]/);
  assert.equal(output.match(/encodes to the same bytes/g)?.length, 2);
  assert.match(output, /error: the message claims \d+ bytes and has \d+ \(header\.length, byte 16; RFC 4271 §6\.1\)/);
});

function decode(file: string): string {
  return execFileSync(process.execPath, [...nodeArgs, 'examples/decode-capture.ts', file], { encoding: 'utf8' });
}

test('decode an MRT file, packed, with damage in the middle', (t) => {
  const file = join(temporaryDirectory(t), 'updates.mrt.gz');
  const address = (text: string) => parseAddress(text) as Address;
  const ends = {
    peer: { address: address('198.51.100.1'), asn },
    local: { address: address('198.51.100.2'), asn: 64500 },
  };
  const messages = encodeMessage(
    {
      type: 'update',
      withdrawn: [{ family: 'ipv4-unicast', prefixes: [mustPrefix('203.0.113.0/24')] }],
      reach: [{ family: 'ipv4-unicast', nextHop: address('198.51.100.1'), prefixes: [mustPrefix('192.0.2.0/24')] }],
      attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [asn, 3356] }] },
      errors: [],
    },
    codecContext(),
  );
  const records = messages.map((message) => messageRecord(1_700_000_000, { ...ends, message }));
  const damaged = (records[0] as Uint8Array).slice();
  damaged[12 + 20 + 16 + 1] = 0; // the length in the BGP header
  const state = stateChangeRecord(1_700_000_001, { ...ends, oldState: 6, newState: 1 });
  writeFileSync(file, gzipSync(Buffer.concat([...records, damaged, state])));
  const lines = decode(file).trim().split('\n');
  assert.ok(lines.includes('withdraw 203.0.113.0/24 from AS64501 '), lines.join('\n'));
  assert.ok(lines.includes('announce 192.0.2.0/24 from AS64501 [{"kind":"sequence","asns":[64501,3356]}]'));
  assert.ok(
    lines.some((line) => line.startsWith('damaged: byte ')),
    lines.join('\n'),
  );
  assert.equal(lines.at(-1), '{ withdraw: 1, announce: 1, state: 1 }');
});

test('the page shows the examples as they are', () => {
  const page = readFileSync('docs/bgp-library.md', 'utf8');
  for (const name of ['announce-while-healthy', 'watch-table', 'decode-capture']) {
    const code = readFileSync(`examples/${name}.ts`, 'utf8');
    assert.ok(code.split('\n').length <= 62, `examples/${name}.ts is read in one go`);
    assert.ok(page.includes(`\`\`\`ts\n${code}\`\`\``), `docs/bgp-library.md: show examples/${name}.ts as it is`);
  }
});
