/**
 * The authentication section of a BFD Control packet; who may send it and what its digest must be is `authentication.ts`.
 *
 * Layout: simple password (RFC 5880 §4.2) [type 1][length 3 + n][key id u8][password n × u8, 1 to 16]
 *         MD5 (§4.3)  [type 2 or 3][length 24][key id u8][reserved u8][sequence u32][digest 16 × u8]
 *         SHA1 (§4.4) [type 4 or 5][length 28][key id u8][reserved u8][sequence u32][digest 20 × u8]
 */
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { check } from './refused.ts';
import type { AuthenticationSection, AuthenticationType, DigestType } from './types.ts';

/** Numbers of RFC 5880 §4.1. */
const numbers: Readonly<Record<AuthenticationType, number>> = {
  'simple-password': 1,
  'keyed-md5': 2,
  'meticulous-keyed-md5': 3,
  'keyed-sha1': 4,
  'meticulous-keyed-sha1': 5,
};

/** Digest and key have this length (RFC 5880 §6.7.3, §6.7.4): shorter keys are padded with zeros. */
export const digestBytes: Readonly<Record<DigestType, number>> = {
  'keyed-md5': 16,
  'meticulous-keyed-md5': 16,
  'keyed-sha1': 20,
  'meticulous-keyed-sha1': 20,
};

export const maximumPasswordBytes = 16;

const typesByNumber = new Map(Object.entries(numbers).map(([type, number]) => [number, type as AuthenticationType]));

export function decodeAuthentication(reader: ByteReader): AuthenticationSection {
  const start = reader.offset;
  const number = reader.u8('authentication.type');
  const length = reader.u8('authentication.length');
  const type = typesByNumber.get(number);
  check(type !== undefined, start, 'authentication.type', `authentication type ${number} is unknown`);
  const expected = type === 'simple-password' ? [4, 3 + maximumPasswordBytes] : exactly(8 + digestBytes[type]);
  const fits = length >= (expected[0] as number) && length <= (expected[1] as number);
  check(fits, start + 1, 'authentication.length', `length ${length} of a ${type} section`);
  // The section is the packet's last: the rest must be it, no more and no less.
  check(
    length === reader.left + 2,
    start + 1,
    'authentication.length',
    `length ${length}, ${reader.left + 2} are there`,
  );
  const keyId = reader.u8('authentication.keyId');
  if (type === 'simple-password') return { type, keyId, password: reader.rest() };
  reader.u8('authentication.reserved'); // RFC 5880 §4.3: "ignored on receipt"
  return { type, keyId, sequence: reader.u32('authentication.sequence'), digest: reader.rest() };
}

function exactly(length: number): readonly [number, number] {
  return [length, length];
}

export function encodeAuthentication(writer: ByteWriter, section: AuthenticationSection): void {
  writer.u8(numbers[section.type]);
  if (section.type === 'simple-password') {
    writer
      .u8(3 + section.password.length)
      .u8(section.keyId)
      .put(section.password);
    return;
  }
  writer
    .u8(8 + section.digest.length)
    .u8(section.keyId)
    .u8(0)
    .u32(section.sequence)
    .put(section.digest);
}
