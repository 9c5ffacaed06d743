/** IP prefixes as plain values; host bits are always zero, so equal prefixes have equal text. */
import { assert } from '../base/assert.ts';
import { type Address, type Family, formatAddress, parseAddress } from './address.ts';

export interface Prefix {
  readonly family: Family;
  /** 4 or 16 bytes; those behind `length` bits are zero. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

export type PrefixFault = 'syntax' | 'length' | 'host-bits';

export function addressBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The prefix that `text` spells (`192.0.2.0/24`), or why it is none. Host bits are a fault, not silently cleared. */
export function parsePrefix(text: string): Prefix | PrefixFault {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const address = match === null ? undefined : parseAddress(match[1] as string);
  if (match === null || address === undefined) return 'syntax';
  const length = Number(match[2]);
  if (length > addressBits(address.family)) return 'length';
  const prefix = prefixOf(address, length);
  return prefix.bytes.every((byte, index) => byte === address.bytes[index]) ? prefix : 'host-bits';
}

/** For text that was checked before. */
export function mustPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  assert(typeof prefix === 'object', `not a prefix: ${text}`);
  return prefix;
}

/** The prefix of `length` bits that `address` lies in. */
export function prefixOf(address: Address, length: number): Prefix {
  const bytes = address.bytes.slice();
  for (let index = 0; index < bytes.length; index++) {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    bytes[index] = (bytes[index] as number) & (0xff << (8 - kept));
  }
  return { family: address.family, bytes, length };
}

/** The canonical text, which also serves as a key: equal prefixes have equal text. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

/** Whether `outer` holds all of `inner` (a prefix holds itself). */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  return prefixOf(inner, outer.length).bytes.every((byte, index) => byte === outer.bytes[index]);
}

export function prefixContains(prefix: Prefix, address: Address): boolean {
  return prefixCovers(prefix, prefixOf(address, addressBits(address.family)));
}

export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return prefixCovers(a, b) || prefixCovers(b, a);
}
