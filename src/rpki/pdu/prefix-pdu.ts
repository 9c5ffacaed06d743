/**
 * IPv4 Prefix and IPv6 Prefix: one VRP, announced or withdrawn (RFC 8210 §5.6, §5.7).
 *
 * Layout: [flags u8][prefix length u8][maximum length u8][zero u8][address 4 or 16 × u8][ASN u32]
 * Errors: lengths that contradict one another, or address bits behind the prefix → Corrupt Data. A VRP is never repaired: a
 * guess could make a hijack valid.
 */
import type { Family } from '../../ip/address.ts';
import { addressBits, type Prefix, prefixOf } from '../../ip/prefix.ts';
import { type PduDescriptor, sizeOf } from './descriptor.ts';
import { copyOf, PduFault } from './header.ts';
import { type Pdu, rtrError } from './types.ts';

type PrefixPdu = Extract<Pdu, { type: 'prefix' }>;

function prefixPdu(family: Family, number: number, rfc: string): PduDescriptor<PrefixPdu> {
  const bits = addressBits(family);
  const corrupt = (offset: number, field: string, what: string): never => {
    throw new PduFault({ code: rtrError.corruptData, offset, field, what, rfc });
  };
  return {
    number,
    type: 'prefix',
    since: 0,
    rfc,
    length: sizeOf(16 + bits / 8),
    decode: (reader) => {
      const flags = reader.u8('flags');
      const length = reader.u8('prefix length');
      const maxLength = reader.u8('maximum length');
      reader.u8('zero'); // "MUST be ignored on receipt"
      if (length > bits) corrupt(9, 'prefix length', `a prefix length of ${length}; IPv${family} has ${bits} bits`);
      if (maxLength < length || maxLength > bits) {
        corrupt(10, 'maximum length', `a maximum length of ${maxLength} for a prefix length of ${length}`);
      }
      const address = { family, bytes: copyOf(reader.take(bits / 8, 'prefix')) };
      const prefix: Prefix = { ...address, length };
      if (hasHostBits(prefix)) corrupt(12, 'prefix', `address bits behind a prefix length of ${length}`);
      return { type: 'prefix', announce: (flags & 1) === 1, vrp: { prefix, maxLength, asn: reader.u32('ASN') } };
    },
    word: () => 0,
    encode: (writer, { announce, vrp }) => {
      writer
        .u8(announce ? 1 : 0)
        .u8(vrp.prefix.length)
        .u8(vrp.maxLength)
        .u8(0);
      writer.put(prefixOf(vrp.prefix, vrp.prefix.length).bytes).u32(vrp.asn);
    },
  };
}

function hasHostBits({ bytes, length }: Prefix): boolean {
  const whole = length >>> 3;
  if (whole < bytes.length && (bytes[whole] as number) & (0xff >>> (length & 7))) return true;
  for (let index = whole + 1; index < bytes.length; index++) if (bytes[index] !== 0) return true;
  return false;
}

export const ipv4Prefix = prefixPdu(4, 4, 'RFC 8210 §5.6');
export const ipv6Prefix = prefixPdu(6, 6, 'RFC 8210 §5.7');
