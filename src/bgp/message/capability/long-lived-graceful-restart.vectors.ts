/** Vectors of Long-Lived Graceful Restart. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { longLivedGracefulRestart } from './long-lived-graceful-restart.ts';

const kind = 'long-lived-graceful-restart';

export const longLivedGracefulRestartVectors: CapabilityVectors = {
  descriptor: longLivedGracefulRestart,
  good: [
    {
      name: 'a day for IPv4, with forwarding preserved',
      value: { kind, families: [{ family: 'ipv4-unicast', forwardingPreserved: true, staleTimeSeconds: 86_400 }] },
      hex: `
        47      # code: Long-Lived Graceful Restart
        07      # length
        0001    # AFI 1: IPv4
        01      # SAFI 1: unicast
        80      # forwarding preserved
        015180  # 86400 s`,
    },
    {
      name: 'the longest time; a family that we do not know is stepped over',
      value: { kind, families: [{ family: 'ipv6-unicast', forwardingPreserved: false, staleTimeSeconds: 0xffffff }] },
      hex: '47 0e 0001 80 80 000001 0002 01 7f ffffff',
      decodeOnly: true,
    },
  ],
  badValues: [
    {
      name: 'a time of 25 bits',
      value: { kind, families: [{ family: 'ipv4-unicast', forwardingPreserved: true, staleTimeSeconds: 2 ** 24 }] },
    },
  ],
  badBytes: [
    { name: 'six bytes', hex: '47 06 0001 01 80 0001', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'eight bytes', hex: '47 08 0001 01 80 000001 00', outcome: 'session-reset', subcode: 0, offset: 1 },
  ],
};
