/** Vectors of ORIGIN. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { origin } from './origin.ts';

export const originVectors: AttributeVectors<'originCode'> = {
  descriptor: origin,
  good: [
    {
      name: 'IGP',
      value: 'igp',
      hex: `
        40  # flags: well-known, transitive
        01  # type: ORIGIN
        01  # length
        00  # IGP`,
    },
    { name: 'EGP', value: 'egp', hex: '40 01 01 01' },
    { name: 'INCOMPLETE', value: 'incomplete', hex: '40 01 01 02' },
    {
      name: 'with Extended Length, the Partial bit and low bits that mean nothing',
      value: 'igp',
      hex: `
        7f    # flags: transitive, partial, extended length, four bits to ignore
        01    # type
        0001  # length in two bytes
        00    # IGP`,
      decodeOnly: true,
    },
  ],
  badValues: [{ name: 'a code that is none', value: 'static' }],
  badBytes: [
    { name: 'an undefined code', hex: '40 01 01 03', outcome: 'treat-as-withdraw', subcode: 6, offset: 3 },
    { name: 'no bytes', hex: '40 01 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'two bytes', hex: '40 01 02 0000', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Optional set', hex: 'c0 01 01 00', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
    { name: 'Transitive missing', hex: '00 01 01 00', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
    { name: 'a length beyond the attributes', hex: '40 01 02 00', outcome: 'treat-as-withdraw', subcode: 1, offset: 0 },
  ],
};
