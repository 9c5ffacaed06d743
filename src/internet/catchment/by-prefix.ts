/**
 * Where the users of each routed prefix land: those of the AS that announces it, by the prefix's part of that AS's addresses.
 *
 * Why by addresses: nobody counts users by prefix in public; within one AS, addresses are the nearest to it. Two passes over the
 * table, the first to count, so that nothing of its half a million rows is held.
 */
import { numberOfAsn } from '../topology/as-graph.ts';
import { readRanges } from '../world/as-places.ts';
import { asnField, type CsvSource, countAses } from '../world/csv.ts';
import { type AsPart, type ByAsInput, partsOfAs } from './by-as.ts';
import type { Catchment } from './catchment.ts';

export interface PrefixPart extends Omit<AsPart, 'path' | 'name'> {
  /** `192.0.2.0/24`. */
  readonly prefix: string;
  readonly addresses: number;
}

/** Rows in the order of the table. Those of ASes that the topology lacks come without a PoP. Problems: those of `readRanges`. */
export async function* catchmentByPrefix(
  catchment: Catchment,
  input: ByAsInput,
  ranges: CsvSource,
): AsyncGenerator<PrefixPart> {
  const addressesOf = new Map<number, number>();
  for await (const { first, last, row } of readRanges(ranges)) {
    const asn = asnField(row, 2, ranges);
    addressesOf.set(asn, (addressesOf.get(asn) ?? 0) + last - first + 1);
    countAses(addressesOf, row, ranges);
  }
  const numberOf = numberOfAsn(input.world.graph);
  const known = new Map<number, readonly AsPart[]>();
  for await (const { first, last, row } of readRanges(ranges)) {
    const asn = asnField(row, 2, ranges);
    let parts = known.get(asn);
    if (parts === undefined) {
      const number = numberOf(asn);
      parts = number === undefined ? [nowhere(asn)] : partsOfAs(catchment, input, number);
      known.set(asn, parts);
    }
    const all = addressesOf.get(asn) as number;
    for (const { address, length } of prefixesOf(first, last)) {
      const prefix = prefixText(address, length);
      const addresses = 2 ** (32 - length);
      for (const { pop, share, users, meanMs } of parts)
        yield { prefix, asn, pop, share, addresses, users: (users * addresses) / all, meanMs };
    }
  }
}

function nowhere(asn: number): AsPart {
  return { asn, pop: undefined, share: 1, users: 0, meanMs: Number.NaN, path: [] };
}

/** The fewest prefixes that are this range of IPv4 addresses together. */
export function* prefixesOf(
  first: number,
  last: number,
): Generator<{ readonly address: number; readonly length: number }> {
  for (let at = first; at <= last; ) {
    let length = 32;
    // As large as its place allows and as still fits.
    while (length > 0 && at % 2 ** (33 - length) === 0 && at + 2 ** (33 - length) - 1 <= last) length--;
    yield { address: at, length };
    at += 2 ** (32 - length);
  }
}

function prefixText(address: number, length: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}/${length}`;
}
