/** `nearcast bgp speak --rpki`: states beside routes, policies that ask for them, and what changes when the cache says something else. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll, announceOwn, createSpeaker } from '../../bgp/mod.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import type { PayloadPdu } from '../../rpki/pdu/types.ts';
import { freePort, loopback } from '../../testing/bgp-speakers.ts';
import { FakeCache } from '../../testing/rtr-cache.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import { eventJson, eventText } from './events.ts';
import { readSpeakConfig } from './read.ts';
import { speak } from './session.ts';

const roa = (text: string, asn: number): PayloadPdu => {
  const prefix = mustPrefix(text);
  return { type: 'prefix', announce: true, vrp: { prefix, maxLength: prefix.length, asn } };
};

test('routes are shown with their state, a policy refuses the invalid, and explain says why', {
  timeout: 30_000,
}, async (t) => {
  const cache = await FakeCache.start();
  t.after(() => cache.stop());
  cache.set([roa('198.51.100.0/24', 64501), roa('203.0.113.0/24', 64999)]);
  const directory = temporaryDirectory(t);
  writeFileSync(
    join(directory, 'no-invalid.yaml'),
    'terms: [{ name: invalid, match: { originValidation: [invalid] }, verdict: reject }]\notherwise: accept\n',
  );
  const bgpPort = await freePort();
  const far = createSpeaker({ asn: 64501, routerId: '10.0.0.1' });
  t.after(() => far.stop({ timeoutMs: 100 }));
  for (const prefix of ['198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24']) far.announce(prefix);
  const port = { localAddress: loopback, listenPort: bgpPort };
  const policies = { importPolicy: acceptAll, exportPolicy: announceOwn, nextHops: { ipv4: '192.0.2.7' } };
  await far.addPeer({ address: loopback, asn: 5, connect: 'passive', ...port, ...policies });

  const input = new PassThrough();
  const texts: string[] = [];
  const events: Record<string, unknown>[] = [];
  const flags = {
    localAs: '5',
    routerId: '10.0.0.5',
    peer: [`${loopback},name=far,asn=64501,port=${bgpPort},connect=active,importPolicy=no-invalid.yaml`],
  };
  const done = speak(readSpeakConfig(flags), {
    ...{ clock: systemClock, random: seededRandom(1), environment: {}, directory, input },
    caches: [{ host: loopback, port: cache.port }],
    print(event) {
      texts.push(...eventText(event));
      events.push(JSON.parse(JSON.stringify(eventJson(event))));
    },
  });
  const said = (what: RegExp) => waitFor(`a line ${what}`, () => texts.find((text) => what.test(text)));
  await said(/^rpki {2}2 VRPs, 0 ASPAs$/);
  // Routes that came before the data are looked at once more when it is there.
  await waitFor('the invalid one is out', async () => {
    texts.length = 0;
    input.write('routes far\nneighbors\n');
    await said(/routes in/);
    return texts.some((text) => /203\.0\.113\.0\/24 .* rpki invalid$/.test(text));
  });
  assert.ok(texts.some((text) => /198\.51\.100\.0\/24 .* rpki valid$/.test(text)));
  assert.ok(texts.some((text) => /192\.0\.2\.0\/24 .* rpki not-found$/.test(text)));
  await waitFor('the policy has run on it', async () => {
    texts.length = 0;
    input.write('explain 203.0.113.0/24\n');
    await said(/to far: /);
    return texts.some((text) => text === '  from far: refused: import policy: invalid');
  });
  assert.equal(texts[0], '203.0.113.0/24: no route');
  assert.match(texts.join('\n'), /RPKI: .*AS ?64999[\s\S]*✓ invalid: reject/);
  const explained = events.findLast(({ type }) => type === 'explanation') as { received: Record<string, unknown>[] };
  assert.equal(explained.received[0]?.originValidation, 'invalid');

  texts.length = 0;
  cache.set([roa('203.0.113.0/24', 64501)]);
  cache.notify();
  await said(/^\+ {5}203\.0\.113\.0\/24 .* rpki valid from far$/);
  const route = events.findLast(({ type }) => type === 'route');
  assert.deepEqual(
    [route?.prefix, route?.originValidation, route?.pathValidation],
    ['203.0.113.0/24', 'valid', undefined],
  );
  await cache.stop();
  await said(/^ {6}127\.0\.0\.1:\d+: /);
  input.write('stop\n');
  await done;
});
