/** Vectors of 4-octet AS Number. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { fourOctetAsn } from './four-octet-asn.ts';

export const fourOctetAsnVectors: CapabilityVectors = {
  descriptor: fourOctetAsn,
  good: [
    {
      name: 'AS 4200000000',
      value: { kind: 'four-octet-asn', asn: 4200000000 },
      hex: `
        41        # code: 4-octet AS Number
        04        # length
        fa56ea00  # 4200000000`,
    },
  ],
  badValues: [
    { name: 'AS 0', value: { kind: 'four-octet-asn', asn: 0 } },
    { name: '33 bits', value: { kind: 'four-octet-asn', asn: 2 ** 32 } },
  ],
  badBytes: [
    { name: 'two bytes', hex: '41 02 fbf4', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'one byte of a header', hex: '41', outcome: 'session-reset', subcode: 0, offset: 1 },
  ],
};
