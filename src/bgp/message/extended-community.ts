/**
 * Extended communities as people write them: `rt:64500:100`, `ro:192.0.2.1:5`, `rt:4200000000:7`, and any other as 16 hex digits.
 *
 * Why hex for the rest: a registry of dozens of kinds would be half ours; what is not named here is shown whole and read back.
 * An AS number that would fit 2 octets and stands in 4 is written with an `L`, as FRR does: `rt:64500L:7` (RFC 5668).
 */
import { formatAddress, parseAddress } from '../../ip/address.ts';
import { parseAsn } from '../../ip/asn.ts';
import type { ExtendedCommunity } from './types.ts';

/** The high byte of the type, without its transitive bit (RFC 4360 §3, RFC 5668 §2). */
const twoOctetAs = 0x00;
const ipv4Address = 0x01;
const fourOctetAs = 0x02;
/** Set: the community must not cross to another AS (RFC 4360 §6). */
const nonTransitive = 0x40;

/** The low byte of the type: route target and route origin (RFC 4360 §4, §5). */
const subtypes: readonly { readonly name: string; readonly number: number }[] = [
  { name: 'rt', number: 0x02 },
  { name: 'ro', number: 0x03 },
];

/** Whether it may be sent to another AS (RFC 4360 §6). */
export function isTransitive([high]: ExtendedCommunity): boolean {
  return ((high >>> 24) & nonTransitive) === 0;
}

export function formatExtendedCommunity([high, low]: ExtendedCommunity): string {
  const name = subtypes.find(({ number }) => number === ((high >>> 16) & 0xff))?.name;
  const kind = high >>> 24;
  if (name !== undefined && kind === twoOctetAs) return `${name}:${high & 0xffff}:${low}`;
  const [administrator, local] = [((high & 0xffff) * 0x10000 + (low >>> 16)) >>> 0, low & 0xffff];
  if (name !== undefined && kind === fourOctetAs) {
    return `${name}:${administrator}${administrator <= 0xffff ? 'L' : ''}:${local}`;
  }
  if (name !== undefined && kind === ipv4Address) {
    const bytes = Uint8Array.of(administrator >>> 24, administrator >>> 16, administrator >>> 8, administrator);
    return `${name}:${formatAddress({ family: 4, bytes })}:${local}`;
  }
  return `0x${hex(high)}${hex(low)}`;
}

/** The extended community that `text` spells in one of the forms above, `soo` for `ro` too; `undefined` where it is none. */
export function parseExtendedCommunity(text: string): ExtendedCommunity | undefined {
  const generic = /^0x([0-9a-f]{8})([0-9a-f]{8})$/i.exec(text.trim());
  if (generic !== null) return [Number.parseInt(generic[1] as string, 16), Number.parseInt(generic[2] as string, 16)];
  const match = /^(rt|ro|soo):([0-9.]+)(L?):(0|[1-9][0-9]{0,9})$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, word, administrator, suffix, number] = match as unknown as [string, string, string, string, string];
  const name = word.toLowerCase() === 'soo' ? 'ro' : word.toLowerCase();
  const subtype = subtypes.find((row) => row.name === name)?.number as number;
  const local = Number(number);
  const address = suffix === '' ? parseAddress(administrator) : undefined;
  if (address !== undefined) return wide(ipv4Address, subtype, Buffer.from(address.bytes).readUInt32BE(), local);
  const asn = parseAsn(administrator);
  if (asn === undefined) return undefined;
  if (suffix !== '' || asn > 0xffff) return wide(fourOctetAs, subtype, asn, local);
  return local > 0xffff_ffff ? undefined : [((twoOctetAs << 24) | (subtype << 16) | asn) >>> 0, local];
}

/** [kind u8][subtype u8][administrator u32][local u16] */
function wide(kind: number, subtype: number, administrator: number, local: number): ExtendedCommunity | undefined {
  if (local > 0xffff) return undefined;
  return [
    ((kind << 24) | (subtype << 16) | (administrator >>> 16)) >>> 0,
    (((administrator & 0xffff) << 16) | local) >>> 0,
  ];
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
