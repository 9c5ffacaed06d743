/** Our speaker as a process for the benchmark: takes all, tells all, and answers a line with how many routes it has of each peer. */
import { createInterface } from 'node:readline';
import { assert } from '../../src/base/assert.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import { createSpeaker } from '../../src/bgp/transport/speaker-host.ts';
import { type Address, parseAddress } from '../../src/ip/address.ts';
import { addresses, asns, type Host } from './network.ts';

const address = (host: Host): Address => {
  const parsed = parseAddress(addresses[host]);
  assert(parsed !== undefined, host);
  return parsed;
};
const speaker = createSpeaker({
  asn: asns.router,
  routerId: address('router'),
  clock: systemClock,
  random: systemRandom(),
});
for (const host of process.argv.slice(2) as Host[]) {
  await speaker.addPeer(
    {
      id: host,
      peerAsn: asns[host],
      address: address(host),
      holdTimeSeconds: 240,
      connectRetrySeconds: 1,
      families: ['ipv4-unicast'],
      passive: false,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address('router') },
    },
    host === 'hub' ? { remote: { host: addresses.hub, port: 179 } } : { listen: { host: addresses.router, port: 179 } },
  );
}
console.log('ready');
createInterface({ input: process.stdin }).on('line', () => {
  for (const { id, receivedRoutes } of speaker.neighbors()) console.log(`routes ${id} ${receivedRoutes}`);
});
