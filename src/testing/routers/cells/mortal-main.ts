/** The process of `mortal.ts`: one speaker with one peer, until it is killed or its parent is gone. */
import { systemClock } from '../../../base/clock.ts';
import { systemRandom } from '../../../base/random.ts';
import { createSpeaker } from '../../../bgp/transport/speaker-host.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import type { MortalOrders } from './mortal.ts';

process.once('message', async (orders: MortalOrders) => {
  const { asn, routerId, peer, transport, announce } = orders;
  const host = createSpeaker({ asn, routerId, clock: systemClock, random: systemRandom() });
  for (const prefix of announce) host.announce({ prefix: mustPrefix(prefix), attributes: {} });
  await host.addPeer(peer, transport);
});
process.once('disconnect', () => process.exit(0));
