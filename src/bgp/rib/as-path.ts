/**
 * What an AS path means: its length, who stands in it, and how our own ASN is put in front.
 *
 * Why apart from its codec: the wire form has segments of up to 255 ASNs; decisions and policies ask about the whole path.
 */
import { classifyAsn } from '../../ip/asn.ts';
import type { AsPathSegment } from '../message/types.ts';

export type AsPath = readonly AsPathSegment[];

/** A segment's count is one byte (RFC 4271 §4.3). */
const maximumSegmentLength = 255;

/** RFC 4271 §9.1.2.2(a): an AS_SET counts as one, however many it holds. */
export function asPathLength(path: AsPath): number {
  return path.reduce((length, segment) => length + (segment.kind === 'set' ? 1 : segment.asns.length), 0);
}

export function asPathHas(path: AsPath, asn: number): boolean {
  return path.some((segment) => segment.asns.includes(asn));
}

/** The ASN in front, which sent the route; `undefined` for an empty path and for one that begins with a set. */
export function firstAsn(path: AsPath): number | undefined {
  const segment = path[0];
  return segment?.kind === 'sequence' ? segment.asns[0] : undefined;
}

/** The ASN that originated the route; `undefined` where the path is empty or a set hides it (as in RFC 6811 §2). */
export function originAsn(path: AsPath): number | undefined {
  const segment = path.at(-1);
  return segment?.kind === 'sequence' ? segment.asns.at(-1) : undefined;
}

/** `asn` put in front `count` times; what a full segment cannot hold begins a new one (RFC 4271 §5.1.2). */
export function prependAsn(path: AsPath, asn: number, count = 1): AsPath {
  const [first, ...rest] = path;
  const extendsFirst = first?.kind === 'sequence';
  const asns = [...new Array<number>(count).fill(asn), ...(extendsFirst ? first.asns : [])];
  const segments: AsPathSegment[] = [];
  // Cut from the back, so that segments which were full stay as they are.
  for (let end = asns.length; end > 0; end -= maximumSegmentLength) {
    segments.unshift({ kind: 'sequence', asns: asns.slice(Math.max(0, end - maximumSegmentLength), end) });
  }
  return [...segments, ...(extendsFirst ? rest : path)];
}

/** Means something inside a network only (RFC 6996). */
export function isPrivateAsn(asn: number): boolean {
  return classifyAsn(asn).kind === 'private';
}

/** The path without the ASNs for which `goes` holds; a segment of which nothing is left is gone, too. */
export function withoutAsns(path: AsPath, goes: (asn: number) => boolean): AsPath {
  return mapSegments(path, (asns) => asns.filter((asn) => !goes(asn)));
}

/** The path with `by` in the place of each ASN for which `goes` holds, so that its length stays. */
export function replaceAsns(path: AsPath, goes: (asn: number) => boolean, by: number): AsPath {
  return mapSegments(path, (asns) => asns.map((asn) => (goes(asn) ? by : asn)));
}

/** How often an ASN stands in the path. */
export function countAsn(path: AsPath, asn: number): number {
  return path.reduce((count, { asns }) => count + asns.filter((one) => one === asn).length, 0);
}

function mapSegments(path: AsPath, map: (asns: readonly number[]) => readonly number[]): AsPath {
  return path.map((segment) => ({ ...segment, asns: map(segment.asns) })).filter(({ asns }) => asns.length > 0);
}

/** All ASNs in order, those of sets included: for people and for status pages. */
export function flatAsPath(path: AsPath): readonly number[] {
  return path.flatMap((segment) => segment.asns);
}
