/** A real BIRD 2 that connects to us as one of a range of neighbours, with and without the range's key. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  connect,
  makeNamespace,
  type Namespace,
  namespacesUnavailable,
  programPath,
} from '../../src/testing/namespaces.ts';
import { birdRouter } from '../../src/testing/routers/bird.ts';
import { ours, type Peering, theirs } from '../../src/testing/routers/router.ts';
import { SpeakerProcess } from '../../src/testing/speaker-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

const program = programPath('bird');
const skip = namespacesUnavailable() ?? (program === undefined ? 'BIRD is missing: npm run test:setup' : false);
if (skip !== false) console.error(`SKIPPED, ranges of neighbours with BIRD: ${skip}`);
const options = { skip, timeout: 60_000 };

/** Our speaker with a range and a key for it, and a BIRD in the range that connects. */
async function world(t: TestContext, words: string, peering: Partial<Peering>) {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-interop-'));
  const [here, there] = [makeNamespace('ours'), makeNamespace('router')];
  t.after(() => {
    for (const namespace of [here, there]) namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const each of [here, there]) {
    each.run('sh', '-c', 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done');
  }
  connect(
    { namespace: here, device: 'cable', addresses: [`${ours.address}/24`, `${ours.address6}/64`] },
    { namespace: there, device: 'cable', addresses: [`${theirs.address}/24`, `${theirs.address6}/64`] },
  );
  const bird = birdRouter({ namespace: there, directory }, program as string);
  const range = peering.over6 === true ? '2001:db8:99::/64' : '10.99.0.0/24';
  const flag = `${range},name=rack,asn=${bird.abilities.asn},holdTimeSeconds=9,${words}`;
  const args = ['--local-as', String(ours.asn), '--router-id', ours.routerId, '--range', flag];
  const speaker = new SpeakerProcess(here, args, { BGP_KEY: 'a-key-for-all' });
  await speaker.ready();
  await bird.start({ connect: 'active', holdTimeSeconds: 9, ...peering });
  return { here, speaker, bird };
}

for (const over6 of [false, true]) {
  const [family, address] = over6 ? ['IPv6', theirs.address6] : ['IPv4', theirs.address];
  test(
    `a BIRD with the range's key over ${family} is up, hears us, and is forgotten when it goes`,
    options,
    async (t) => {
      const next = over6 ? '' : `,nextHop=${ours.address}`;
      const { speaker, bird } = await world(
        t,
        `passwordEnv=BGP_KEY,ttlSecurityHops=1${next},nextHop6=${ours.address6}`,
        {
          password: 'a-key-for-all',
          ttlSecurity: true,
          over6,
        },
      );
      const peer = `rack ${address}`;
      await waitFor('the session', () => speaker.isUp(peer) && bird.established(), 20_000);
      const prefix = over6 ? '2001:db8:7::/48' : '192.0.2.0/24';
      speaker.tell(`announce ${prefix}`);
      await waitFor('our route', () => bird.routes(over6 ? 6 : 4).some((route) => route.prefix === prefix));
      await bird.stop();
      await waitFor('the end of the session', () => speaker.lastDown(peer));
      await waitFor('the peer to be forgotten', async () => {
        const { neighbors } = await speaker.ask('neighbors', 'neighbors');
        return (neighbors as unknown[]).length === 0;
      });
    },
  );
}

/** How many segments the kernel of a namespace has dropped for a counter of its own. */
function dropped(namespace: Namespace, counter: string): number {
  const [names = [], values = []] = namespace
    .run('cat', '/proc/net/netstat')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf(counter)]);
}

for (const [password, counter] of [
  ['another-key', 'TCPMD5Failure'],
  [undefined, 'TCPMD5NotFound'],
] as const) {
  test(`a BIRD with ${password === undefined ? 'no key' : 'another key'} gets no answer`, options, async (t) => {
    const keyed = password === undefined ? {} : { password };
    const { here, speaker, bird } = await world(t, 'passwordEnv=BGP_KEY', keyed);
    await waitFor('BIRD to have tried', () => dropped(here, counter) > 1, 20_000);
    const { neighbors } = await speaker.ask('neighbors', 'neighbors');
    assert.deepEqual(neighbors, []);
    assert.equal(bird.established(), false);
  });
}
