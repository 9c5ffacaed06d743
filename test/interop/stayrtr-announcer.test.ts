/** A PoP's announcer with a real cache, StayRTR, over TLS: what the cache's file says decides which of a neighbour's routes are used. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmbeddedAnnouncer } from '../../src/announcer/embedded.ts';
import { assert as must } from '../../src/base/assert.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import { createSpeaker } from '../../src/bgp/transport/speaker-host.ts';
import { mustPrefix } from '../../src/ip/prefix.ts';
import { address, freePort } from '../../src/testing/bgp-speakers.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

const [stayrtr, openssl] = [programPath('stayrtr'), programPath('openssl')];
const skip =
  stayrtr === undefined || openssl === undefined ? 'StayRTR or openssl is missing: npm run test:setup' : false;
if (skip !== false) console.error(`SKIPPED, the announcer with StayRTR: ${skip}`);

test('the announcer validates by a real cache over TLS, and follows it', {
  skip,
  timeout: 120_000,
}, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-stayrtr-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const [file, certificate, key] = [
    join(directory, 'vrps.json'),
    join(directory, 'cert.pem'),
    join(directory, 'key.pem'),
  ];
  execFileSync(
    openssl as string,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=cache.example.net', '-addext', 'subjectAltName=DNS:cache.example.net'],
      ...['-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  const feed = (asn: number): void => {
    const roas = [{ prefix: '198.51.100.0/24', maxLength: 24, asn: `AS${asn}` }];
    const buildtime = new Date(systemClock.wallTime()).toISOString().replace(/\.\d+/, '');
    writeFileSync(`${file}.new`, JSON.stringify({ metadata: { buildtime }, roas }));
    renameSync(`${file}.new`, file);
  };
  feed(64501);
  const [plain, port, metrics] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(
    stayrtr as string,
    [
      ...['-bind', `127.0.0.1:${plain}`, '-tls.bind', `127.0.0.1:${port}`, '-tls.cert', certificate, '-tls.key', key],
      ...['-cache', file, '-refresh', '1', '-metrics.addr', `127.0.0.1:${metrics}`],
    ],
    { stdio: 'ignore' },
  );
  context.after(async () => {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });

  const neighbor = createSpeaker({
    asn: 64501,
    routerId: address('203.0.113.1'),
    clock: systemClock,
    random: seededRandom(1),
  });
  context.after(() => neighbor.stop({ timeoutMs: 500 }));
  const { listen } = await neighbor.addPeer(
    {
      id: 'fra',
      address: address('203.0.113.2'),
      peerAsn: 64500,
      holdTimeSeconds: 30,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address('203.0.113.1') },
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  must(listen !== undefined, 'it listens');
  neighbor.announce({ prefix: mustPrefix('198.51.100.0/24'), attributes: { originCode: 'igp' } });

  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(2),
    logger: silentLogger,
    environment: {},
    connectVia: () => listen,
  });
  context.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 500 }));
  const session = {
    name: 'fra/0/ipv4',
    family: 4,
    peerAsn: 64501,
    neighborAddress: '203.0.113.1',
    neighborPort: 179,
    sourceAddress: '203.0.113.2',
    holdTimeSeconds: 30,
    announcements: [],
    receive: { rpkiInvalid: 'reject' },
  } as const;
  const tls = { serverName: 'cache.example.net', caFile: certificate };
  const apply = (more: typeof tls | { readonly caFile: string }): void =>
    announcer.apply({
      asn: 64500,
      routerId: '203.0.113.2',
      sessions: [session],
      rpki: { caches: [{ host: '127.0.0.1', port, tls: more }], aspa: false },
    });
  const verdict = (): string => {
    const [route] = announcer.tables?.explain(mustPrefix('198.51.100.0/24')).paths ?? [];
    return `${route?.state} ${route?.origin}`;
  };

  apply({ caFile: certificate });
  // The certificate names cache.example.net, not the address that was connected to.
  const failure = (): string => announcer.validation()?.caches[0]?.failure ?? '';
  await waitFor('the refusal of a wrong name', () => /certificate|altnames/i.test(failure()), 20_000);
  await waitFor('the route, which nobody validates', () => verdict() === 'best not-found');
  apply(tls);
  await waitFor('the data', () => announcer.validation()?.state === 'current', 20_000);
  assert.equal(announcer.validation()?.caches[0]?.cache, `127.0.0.1:${port} (TLS)`);
  await waitFor('a valid route', () => verdict() === 'best valid');
  feed(64502);
  child.kill('SIGHUP');
  await waitFor('an invalid one', () => verdict() === 'refused invalid', 60_000);
});
