/**
 * IPv6 addresses and AS paths as `bgpdump` spells them.
 *
 * Why not `ip/address.ts`: that is RFC 5952. `bgpdump` follows an older inet_ntop: it shortens a single zero group, too, and
 * writes `::0.0.0.2` for `::2`.
 */
import { u16, u32 } from '../decode/framer.ts';
import type { TextWriter } from './text-writer.ts';

const groups = new Uint16Array(8);

/** The address whose first `given` bytes stand at `at`; those behind them are zero. */
export function writeIpv6(text: TextWriter, source: Uint8Array, at: number, given = 16): void {
  for (let index = 0; index < 8; index++) {
    const high = 2 * index < given ? (source[at + 2 * index] as number) : 0;
    const low = 2 * index + 1 < given ? (source[at + 2 * index + 1] as number) : 0;
    groups[index] = (high << 8) | low;
  }
  let bestStart = -1;
  let bestLength = 0;
  for (let start = 0; start < 8; start++) {
    if (groups[start] !== 0) continue;
    const first = start;
    while (start < 8 && groups[start] === 0) start++;
    if (start - first > bestLength) {
      bestStart = first;
      bestLength = start - first;
    }
  }
  const dotted =
    bestStart === 0 &&
    (bestLength === 6 || (bestLength === 7 && groups[7] !== 1) || (bestLength === 5 && groups[5] === 0xffff));
  if (dotted && bestLength === 7) bestLength = 6; // `::0.0.0.2`
  for (let index = 0; index < 8; index++) {
    if (index === bestStart) {
      text.byte(colon);
      index += bestLength - 1;
      if (index === 7) text.byte(colon);
      continue;
    }
    if (index > 0) text.byte(colon);
    if (index === 6 && dotted) {
      quad[0] = (groups[6] as number) >> 8;
      quad[1] = groups[6] as number;
      quad[2] = (groups[7] as number) >> 8;
      quad[3] = groups[7] as number;
      text.ipv4(quad, 0);
      return;
    }
    text.hex16(groups[index] as number);
  }
}

const colon = 58;
const quad = new Uint8Array(4);

/** Longer paths end in `...`, wherever they are. */
const longestPath = 7900;

/** The most bytes that a path takes. */
export const pathRoom = longestPath + 100;

const opening = [0, 123, 0, 40, 91]; // {, nothing, (, [
const closing = [0, 125, 0, 41, 93];
const sequence = 2;

/** The segments in `[at, end)`, which were checked. */
export function writePath(text: TextWriter, source: Uint8Array, at: number, end: number, asnBytes: 2 | 4): void {
  const limit = text.length + longestPath;
  let open = sequence;
  let space = false;
  let next = at;
  while (next < end) {
    const kind = source[next] as number;
    const count = source[next + 1] as number;
    next += 2;
    if (open !== sequence) text.byte(closing[open] as number);
    if (space) text.byte(32);
    if (kind !== sequence) text.byte(opening[kind] as number);
    const separator = kind === 1 || kind === 4 ? 44 : 32;
    for (let index = 0; index < count; index++) {
      if (index > 0) text.byte(separator);
      text.number(asnBytes === 4 ? u32(source, next) : u16(source, next));
      next += asnBytes;
      if (text.length > limit) {
        text.byte(46);
        text.byte(46);
        text.byte(46);
        return;
      }
    }
    space = count > 0;
    open = kind;
  }
  if (open !== sequence) text.byte(closing[open] as number);
}
