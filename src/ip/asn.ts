/** AS numbers: plain and asdot notation (RFC 5396) and the ranges that have a special meaning. */

export const maximumAsn = 0xffff_ffff;
/** Stands for a 4-octet ASN towards a speaker that knows 2 octets only (RFC 6793 §9). */
export const asTrans = 23456;

/** The ASN that `text` spells as `64500`, `AS64500` or asdot `1.10`; `undefined` where it is none. */
export function parseAsn(text: string): number | undefined {
  const match = /^(?:AS)?(?:(\d{1,5})\.(\d{1,5})|(\d{1,10}))$/i.exec(text.trim());
  if (match === null) return undefined;
  if (match[3] !== undefined) return Number(match[3]) <= maximumAsn ? Number(match[3]) : undefined;
  const [high, low] = [Number(match[1]), Number(match[2])];
  return high <= 0xffff && low <= 0xffff ? high * 0x10000 + low : undefined;
}

export type AsnKind = 'public' | 'private' | 'documentation' | 'reserved' | 'as-trans';

/** What an ASN may be used for, with the RFC that says so. */
export function classifyAsn(asn: number): { readonly kind: AsnKind; readonly source: string } {
  const range = specialRanges.find(({ first, last }) => asn >= first && asn <= last);
  return range ?? { kind: 'public', source: 'IANA AS numbers registry' };
}

const specialRanges: readonly { first: number; last: number; kind: AsnKind; source: string }[] = [
  { first: 0, last: 0, kind: 'reserved', source: 'RFC 7607' },
  { first: asTrans, last: asTrans, kind: 'as-trans', source: 'RFC 6793 §9' },
  { first: 64496, last: 64511, kind: 'documentation', source: 'RFC 5398' },
  { first: 64512, last: 65534, kind: 'private', source: 'RFC 6996' },
  { first: 65535, last: 65535, kind: 'reserved', source: 'RFC 7300' },
  { first: 65536, last: 65551, kind: 'documentation', source: 'RFC 5398' },
  { first: 65552, last: 131071, kind: 'reserved', source: 'IANA AS numbers registry' },
  { first: 4_200_000_000, last: 4_294_967_294, kind: 'private', source: 'RFC 6996' },
  { first: 4_294_967_295, last: 4_294_967_295, kind: 'reserved', source: 'RFC 7300' },
];
