/** Vectors of Graceful Restart. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { gracefulRestart } from './graceful-restart.ts';

const base = {
  kind: 'graceful-restart',
  restarted: false,
  notification: false,
  restartTimeSeconds: 120,
  families: [],
} as const;

export const gracefulRestartVectors: CapabilityVectors = {
  descriptor: gracefulRestart,
  good: [
    {
      name: 'restarted, with IPv4 forwarding preserved and IPv6 lost, after a NOTIFICATION too',
      value: {
        ...base,
        restarted: true,
        notification: true,
        families: [
          { family: 'ipv4-unicast', forwardingPreserved: true },
          { family: 'ipv6-unicast', forwardingPreserved: false },
        ],
      },
      hex: `
        40    # code: Graceful Restart
        0a    # length
        c078  # R and N set, 120 s
        0001  # AFI 1: IPv4
        01    # SAFI 1: unicast
        80    # forwarding preserved
        0002  # AFI 2: IPv6
        01    # SAFI 1: unicast
        00    # not preserved`,
    },
    { name: 'End-of-RIB alone: no families', value: base, hex: '40 02 0078' },
    { name: 'the longest time', value: { ...base, restartTimeSeconds: 4095 }, hex: '40 02 0fff' },
    {
      name: 'bits that mean nothing, and a family that we do not know',
      value: { ...base, families: [{ family: 'ipv4-unicast', forwardingPreserved: false }] },
      hex: '40 0a 3078 0001 80 80 0001 01 7f',
      decodeOnly: true,
    },
  ],
  badValues: [
    { name: 'a time of 13 bits', value: { ...base, restartTimeSeconds: 4096 } },
    { name: 'a time below 0', value: { ...base, restartTimeSeconds: -1 } },
  ],
  badBytes: [
    { name: 'one byte', hex: '40 01 00', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'a family cut off', hex: '40 05 0078 0001 01', outcome: 'session-reset', subcode: 0, offset: 1 },
  ],
};
