/**
 * A real cache, StayRTR, fed from a JSON file: all of it, then what changes with the file, over TCP in each version and over
 * TLS; our own reading of the same file must say the same.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { formatPrefix } from '../../src/ip/prefix.ts';
import type { CacheTls } from '../../src/rpki/client/address.ts';
import { RpkiClient } from '../../src/rpki/client/client.ts';
import { fetchRpkiData } from '../../src/rpki/client/fetch.ts';
import type { RpkiData } from '../../src/rpki/data/rpki-data.ts';
import { parseVrpFile } from '../../src/rpki/data/vrp-file.ts';
import type { RtrVersion } from '../../src/rpki/pdu/types.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

const stayrtr = programPath('stayrtr');
const unavailable = stayrtr === undefined ? 'StayRTR is missing: npm run test:setup' : undefined;
if (unavailable !== undefined) console.error(`SKIPPED, interop with StayRTR: ${unavailable}`);
const withoutOpenssl = programPath('openssl') === undefined ? 'openssl is missing' : false;

interface Roa {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: string;
}

const roa = (prefix: string, maxLength: number, asn: number): Roa => ({ prefix, maxLength, asn: `AS${asn}` });

/** Enough that an answer spans many TCP segments. */
const base = Array.from({ length: 3000 }, (_, index) =>
  index % 3 === 0
    ? roa(`2001:${(index + 16).toString(16)}::/32`, 32 + (index % 17), 64500 + (index % 10))
    : roa(`${10 + (index >> 8)}.${index & 255}.0.0/16`, 16 + (index % 9), 64500 + (index % 10)),
);

const texts = (data: RpkiData | undefined): string[] =>
  [...(data?.vrps.entries() ?? [])]
    .map(({ prefix, maxLength, asn }) => `${formatPrefix(prefix)}-${maxLength} ${asn}`)
    .sort();

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('with a real StayRTR', { skip: unavailable, timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-stayrtr-'));
  const file = join(directory, 'vrps.json');
  const certificate = join(directory, 'cert.pem');
  const key = join(directory, 'key.pem');

  const feed = (roas: readonly Roa[], customers: readonly number[] = []): string => {
    const expires = Math.floor(Date.now() / 1000) + 86_400;
    const json = {
      metadata: { buildtime: new Date(Date.now()).toISOString().replace(/\.\d+/, '') },
      roas: roas.map((each) => ({ ...each, ta: 'test', expires })),
      aspas: customers.map((each) => ({ customer_asid: each, expires, providers: [64501] })),
      provider_authorizations: {
        ipv4: customers.map((each) => ({ customer_asid: each, expires, providers: [64501] })),
        ipv6: [],
      },
    };
    const text = JSON.stringify(json);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    return text;
  };

  /** What our own reader makes of the file. */
  const expected = (): string[] => {
    const parsed = parseVrpFile(readFileSync(file, 'utf8'), { where: file, wallTime: Date.now() });
    assert(parsed.ok);
    return texts(parsed.value);
  };

  async function startStayRtr(
    context: TestContext,
    options: readonly string[] = [],
    wantedPort?: number,
  ): Promise<{ port: number; tlsPort: number; child: ChildProcess }> {
    const port = wantedPort ?? (await freePort());
    const [tlsPort, metrics] = [await freePort(), await freePort()];
    const args = [
      '-bind',
      `127.0.0.1:${port}`,
      '-cache',
      file,
      '-refresh',
      '1',
      '-metrics.addr',
      `127.0.0.1:${metrics}`,
    ];
    if (options.includes('-tls.cert')) args.push('-tls.bind', `127.0.0.1:${tlsPort}`);
    const child = spawn(stayrtr as string, [...args, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.resume();
    child.stderr.resume();
    context.after(() => child.kill('SIGKILL'));
    await waitFor('StayRTR to listen', async () => {
      const socket = net.connect(options.includes('-tls.cert') ? tlsPort : port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
    return { port, tlsPort, child };
  }

  function startClient(context: TestContext, port: number, highestVersion: RtrVersion, tls?: CacheTls): RpkiClient {
    const client = new RpkiClient({
      caches: [{ host: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) }],
      clock: systemClock,
      random: seededRandom(1),
      config: { highestVersion, responseSeconds: 20 },
    });
    context.after(() => client.stop());
    client.start();
    return client;
  }

  before(() => {
    if (withoutOpenssl !== false) return;
    const subject = ['-subj', '/CN=cache.example.net', '-addext', 'subjectAltName=DNS:cache.example.net'];
    const options = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    execFileSync('openssl', [...options, '-keyout', key, '-out', certificate, ...subject], { stdio: 'pipe' });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  for (const version of [0, 1, 2] as const) {
    test(`version ${version}: everything, then additions and withdrawals as the file changes`, async (context) => {
      feed(base);
      const { port } = await startStayRtr(context);
      const client = startClient(context, port, version);
      await waitFor('data', () => client.data);
      assert.deepEqual(texts(client.data), expected());
      assert.equal(client.status()[0]?.version, version);

      feed([...base.slice(500), roa('192.0.2.0/24', 24, 64496), roa('2001:db8::/32', 48, 64496)]);
      const wanted = expected();
      await waitFor('the changes', () => texts(client.data).join() === wanted.join(), 20_000);
      feed([]);
      await waitFor('the withdrawals', () => client.data?.vrps.size === 0, 20_000);
      // One session all the way: changes came as changes.
      const [status] = client.status();
      assert.deepEqual([status?.phase === 'stopped', status?.failures, status?.failure], [false, 0, undefined]);
    });
  }

  test('a cache of version 1 at most is found by negotiation', async (context) => {
    feed(base.slice(0, 10));
    const { port } = await startStayRtr(context, ['-protocol', '1']);
    const client = startClient(context, port, 2);
    await waitFor('data', () => client.data);
    assert.deepEqual(texts(client.data), expected());
    assert((client.status()[0]?.version ?? 2) < 2);
  });

  test('ASPA: read in version 2, or where StayRTR speaks an older draft, left with all VRPs in version 1', async (context) => {
    feed(base.slice(0, 10), [64500]);
    const { port } = await startStayRtr(context);
    const client = startClient(context, port, 2);
    await waitFor('data', () => client.data);
    assert.deepEqual(texts(client.data), expected());
    if (client.status()[0]?.version === 2) assert.deepEqual(client.data?.aspas.providersOf(64500), [64501]);
    else assert.deepEqual([client.status()[0]?.version, client.data?.aspas.size], [1, 0]);
  });

  test('TLS: the right name is accepted, another is not', { skip: withoutOpenssl }, async (context) => {
    feed(base.slice(0, 10));
    const { tlsPort } = await startStayRtr(context, ['-tls.cert', certificate, '-tls.key', key]);
    const ca = readFileSync(certificate, 'utf8');
    const fetch = (tls: CacheTls) =>
      fetchRpkiData(
        { caches: [{ host: '127.0.0.1', port: tlsPort, tls }], clock: systemClock, random: seededRandom(1) },
        20_000,
      );
    const { data } = await fetch({ ca, serverName: 'cache.example.net' });
    assert.deepEqual(texts(data), expected());
    await assert.rejects(fetch({ ca, serverName: 'other.example.net' }), /does not match certificate's altnames/);
    await assert.rejects(fetch({ ca }), /does not match certificate's altnames/, 'the address is in no certificate');
    await assert.rejects(fetch({ serverName: 'cache.example.net' }), /self-signed certificate/);
  });

  test('StayRTR killed and started anew: the data stays, then is what the new one has', async (context) => {
    feed(base.slice(0, 10));
    const { port, child } = await startStayRtr(context);
    const client = startClient(context, port, 1);
    await waitFor('data', () => client.data);
    const before = texts(client.data);
    const session = client.status()[0]?.sessionId;
    child.kill('SIGKILL');
    // StayRTR 0.5 makes its session ID of the time in seconds: one started within the same second passes for the old one.
    const second = Math.floor(Date.now() / 1000);
    await waitFor('another second', () => Math.floor(Date.now() / 1000) !== second);
    await waitFor('the loss to be seen', () => client.status()[0]?.phase === 'waiting');
    assert.deepEqual(texts(client.data), before);
    feed(base.slice(5, 20));
    const wanted = expected();
    await startStayRtr(context, [], port);
    await waitFor('the new data', () => texts(client.data).join() === wanted.join(), 30_000);
    assert.notEqual(client.status()[0]?.sessionId, session, 'a session ID of its own');
  });

  test('the command says what StayRTR has', async (context) => {
    feed(base.slice(0, 10));
    const { port } = await startStayRtr(context);
    const { stdout } = await nearcast(
      'rpki',
      'validate',
      '10.1.0.0/16',
      '64501',
      '--cache',
      `127.0.0.1:${port}`,
      '--json',
    );
    const answer = JSON.parse(stdout) as { state: string; covering: unknown[]; source: { vrps: number } };
    assert.deepEqual([answer.state, answer.covering.length, answer.source.vrps], ['valid', 1, 10]);
    const refused = nearcast('rpki', 'validate', '10.1.0.0/25', '64501', '--cache', `127.0.0.1:${port}`);
    await assert.rejects(refused, (error: { code: number; stdout: string }) => {
      assert.match(
        error.stdout,
        /^10\.1\.0\.0\/25 from AS64501: invalid\n {2}the ROA of AS64501 for 10\.1\.0\.0\/16 ends at \/17/,
      );
      return error.code === 1;
    });
  });
});

function nearcast(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(resolve('bin/nearcast'), args);
}
