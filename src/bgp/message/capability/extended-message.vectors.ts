/** Vectors of BGP Extended Message. It has one value, so there is none that could be bad. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { extendedMessage } from './extended-message.ts';

export const extendedMessageVectors: CapabilityVectors = {
  descriptor: extendedMessage,
  good: [
    {
      name: 'present',
      value: { kind: 'extended-message' },
      hex: `
        06  # code: BGP Extended Message
        00  # length`,
    },
  ],
  badValues: [],
  badBytes: [{ name: 'one byte', hex: '06 01 00', outcome: 'session-reset', subcode: 0, offset: 1 }],
};
