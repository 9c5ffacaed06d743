/**
 * Multiprotocol extensions: one address family that the speaker wants to exchange.
 *
 * Layout (RFC 4760 §8): [AFI u16][reserved u8][SAFI u8]
 */
import { familyByNumbers, familyOf } from '../family/table.ts';
import type { CapabilityDescriptor } from './descriptor.ts';

export const multiprotocol: CapabilityDescriptor<'multiprotocol'> = {
  code: 1,
  kind: 'multiprotocol',
  name: 'Multiprotocol Extensions',
  length: { fixed: 4 },
  rfc: 'RFC 4760 §8',
  decode(reader) {
    const afi = reader.u16('afi');
    reader.u8('reserved');
    const family = familyByNumbers({ afi, safi: reader.u8('safi') });
    return family === undefined ? undefined : { kind: 'multiprotocol', family: family.name };
  },
  encode({ family }, writer) {
    const { afi, safi } = familyOf(family);
    writer.u16(afi).u8(0).u8(safi);
  },
};
