/**
 * 4-octet AS numbers: the speaker knows them, and this is its own.
 *
 * Layout (RFC 6793 §3): [ASN u32]
 * Not here: AS 0 is refused with the rest of the OPEN, see ../open.ts.
 */
import { assert } from '../../../base/assert.ts';
import { maximumAsn } from '../../../ip/asn.ts';
import type { CapabilityDescriptor } from './descriptor.ts';

export const fourOctetAsn: CapabilityDescriptor<'four-octet-asn'> = {
  code: 65,
  kind: 'four-octet-asn',
  name: '4-octet AS Number',
  length: { fixed: 4 },
  rfc: 'RFC 6793 §3',
  decode: (reader) => ({ kind: 'four-octet-asn', asn: reader.u32('asn') }),
  encode({ asn }, writer) {
    assert(Number.isInteger(asn) && asn > 0 && asn <= maximumAsn, `${asn} is not an AS number`);
    writer.u32(asn);
  },
};
