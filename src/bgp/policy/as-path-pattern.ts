/**
 * A pattern language for whole AS paths that reads like a path: `64501 * 3356`.
 *
 * Why not regular expressions over text: `_64501_` and `.*3356$` are read wrong by everybody now and then, and a careless one
 * takes exponential time. Here an item stands for one AS, and matching takes a step for each item and AS.
 *
 *   64501          that AS
 *   [174 3356]     any AS of the list; `[64512..65534]` is a range, and both may be mixed
 *   peer, local    the AS of the neighbour that the route was learned from; our own
 *   ?              any one AS
 *   *              any number of ASes, none too
 *   X+             X once or more, for any single item X: `64501+ *` does not mind prepending
 *
 * The pattern covers the path from the nearest AS to the origin; an empty one matches an empty path. An AS_SET counts as one
 * AS which is any of its members, as in the decision process (RFC 4271 §9.1.2.2(a)).
 */
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import type { AsPath } from '../rib/as-path.ts';

export interface AsPathNames {
  readonly peerAsn: number;
  readonly localAsn: number;
}

export type AsPathMatcher = (path: AsPath, names: AsPathNames) => boolean;

interface Item {
  readonly accepts: (asn: number, names: AsPathNames) => boolean;
  readonly count: 'one' | 'some' | 'any';
}

/** Reads a pattern once. Problem code: `policy.as-path-pattern`. */
export function compileAsPathPattern(text: string, where: string): AsPathMatcher {
  const items = tokens(text).map((token) => itemOf(token, text, where));
  return (path, names) => matches(items, path, names);
}

/** A bracket is one token, spaces inside included. */
function tokens(text: string): readonly string[] {
  return text.match(/\[[^\]]*\]\+?|\S+/g) ?? [];
}

function itemOf(token: string, text: string, where: string): Item {
  if (token === '*') return { accepts: () => true, count: 'any' };
  const repeats = token.endsWith('+');
  const count = repeats ? 'some' : 'one';
  const single = repeats ? token.slice(0, -1) : token;
  if (single === '?') return { accepts: () => true, count };
  if (single === 'peer') return { accepts: (asn, names) => asn === names.peerAsn, count };
  if (single === 'local') return { accepts: (asn, names) => asn === names.localAsn, count };
  const inner = /^\[\s*([^\]]*?)\s*\]$/.exec(single)?.[1];
  if (inner === undefined && single.includes('..')) return refuse(token, text, where);
  const ranges = (inner ?? single).split(/\s+/).map((one) => rangeOf(one) ?? refuse(token, text, where));
  return { accepts: (asn) => ranges.some(({ low, high }) => asn >= low && asn <= high), count };
}

function rangeOf(text: string): { readonly low: number; readonly high: number } | undefined {
  const match = /^([0-9]{1,10})(?:\.\.([0-9]{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const [low, high] = [Number(match[1]), Number(match[2] ?? match[1])];
  return low <= high && high <= maximumAsn ? { low, high } : undefined;
}

function refuse(token: string, text: string, where: string): never {
  return fail({
    code: 'policy.as-path-pattern',
    what: `"${token}" in the AS path pattern "${text}" is no item`,
    where,
    fix: 'use an AS number, [174 3356], [64512..65534], peer, local or ?, each with or without a + behind it, or *',
  });
}

/** Walks the path once with all the places in the pattern that could have been reached. */
function matches(items: readonly Item[], path: AsPath, names: AsPathNames): boolean {
  let reached = skipping(items, new Array<boolean>(items.length + 1).fill(false), 0);
  for (const asns of hops(path)) {
    const next = new Array<boolean>(items.length + 1).fill(false);
    for (const [index, { accepts, count }] of items.entries()) {
      if (!reached[index] || !asns.some((asn) => accepts(asn, names))) continue;
      if (count !== 'one') skipping(items, next, index);
      skipping(items, next, index + 1);
    }
    reached = next;
  }
  return reached[items.length] as boolean;
}

/** Marks a place, and those behind it that are reached without another AS. */
function skipping(items: readonly Item[], reached: boolean[], from: number): boolean[] {
  let index = from;
  reached[index] = true;
  while (items[index]?.count === 'any') reached[++index] = true;
  return reached;
}

function* hops(path: AsPath): Generator<readonly number[]> {
  for (const { kind, asns } of path) {
    if (kind === 'set') yield asns;
    else for (const asn of asns) yield [asn];
  }
}
