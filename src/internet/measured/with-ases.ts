/** The same evidence with rows for more ASes, of which no experiment tells anything. */
import type { Evidence } from '../calibration/evidence.ts';

export function withAses(evidence: Evidence, more: Iterable<number>): Evidence {
  const asns = Uint32Array.from(new Set([...evidence.asns, ...more])).sort();
  const rowOf = new Map<number, number>();
  for (const [row, asn] of asns.entries()) rowOf.set(asn, row);
  const outcomes = evidence.outcomes.map((column) => {
    const longer = new Int8Array(asns.length);
    for (const [row, asn] of evidence.asns.entries()) longer[rowOf.get(asn) as number] = column[row] as number;
    return longer;
  });
  return { ...evidence, asns, outcomes };
}
