/**
 * Extended next hop encoding: the speaker takes prefixes of a family with next hops of another kind of address. Of the pairs that
 * the RFC allows we know one, IPv4 unicast over IPv6.
 *
 * Layout (RFC 8950 §4): [AFI u16][SAFI u16][next hop AFI u16] …, the SAFI in two bytes, as nowhere else. Other pairs are stepped over.
 */
import { familyByNumbers, familyOf } from '../family/table.ts';
import type { AddressFamily } from '../types.ts';
import type { CapabilityDescriptor } from './descriptor.ts';

const ipv6Afi = 2;

export const extendedNextHop: CapabilityDescriptor<'extended-next-hop'> = {
  code: 5,
  kind: 'extended-next-hop',
  name: 'Extended Next Hop Encoding',
  length: { fixed: 0, each: 6 },
  rfc: 'RFC 8950 §4',
  decode(reader) {
    const families: AddressFamily[] = [];
    while (reader.left > 0) {
      const family = familyByNumbers({ afi: reader.u16('afi'), safi: reader.u16('safi') });
      const nextHopAfi = reader.u16('next hop afi');
      if (family?.ipFamily === 4 && nextHopAfi === ipv6Afi) families.push(family.name);
    }
    return { kind: 'extended-next-hop', families };
  },
  encode({ families }, writer) {
    for (const name of families) {
      const { afi, safi } = familyOf(name);
      writer.u16(afi).u16(safi).u16(ipv6Afi);
    }
  },
};
