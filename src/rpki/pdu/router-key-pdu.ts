/**
 * Router Key: a BGPsec key (RFC 8210 §5.10). We do not speak BGPsec, so it is read and left.
 *
 * Layout: [subject key identifier 20 × u8][ASN u32][subject public key info …]; the header's word is [flags u8][zero u8].
 */
import type { PduDescriptor } from './descriptor.ts';
import { copyOf } from './header.ts';
import type { Pdu } from './types.ts';

export const routerKey: PduDescriptor<Extract<Pdu, { type: 'router-key' }>> = {
  number: 9,
  type: 'router-key',
  since: 1,
  rfc: 'RFC 8210 §5.10',
  length: () => ({ atLeast: 32 }),
  decode: (reader, word) => {
    const subjectKeyIdentifier = copyOf(reader.take(20, 'subject key identifier'));
    const asn = reader.u32('ASN');
    const subjectPublicKey = copyOf(reader.rest());
    return { type: 'router-key', announce: ((word >>> 8) & 1) === 1, subjectKeyIdentifier, asn, subjectPublicKey };
  },
  word: ({ announce }) => (announce ? 0x0100 : 0),
  encode: (writer, { subjectKeyIdentifier, asn, subjectPublicKey }) => {
    writer.put(subjectKeyIdentifier).u32(asn).put(subjectPublicKey);
  },
};
