/**
 * What the other customers of an AS's providers did: the mean outcome of an experiment among ASes that share an upstream.
 *
 * Why: an AS that was measured little hears the same routes as others behind the same provider. The AS's own outcome is
 * left out, and each provider's mean is pulled to zero where it has few measured customers.
 */
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import type { Evidence } from './evidence.ts';

/** As many unmeasured customers as are added to each provider's mean. */
const pull = 2;

/** One column an experiment, from -1 to 1; all zero without a topology. */
export function upstreamOutcomes(evidence: Evidence, graph: AsGraph | undefined): readonly Float32Array[] {
  if (graph === undefined) return evidence.outcomes.map((column) => new Float32Array(column.length));
  const numberOf = numberOfAsn(graph);
  const numbers = Array.from(evidence.asns, numberOf);
  const { start, list } = graph.providers;
  const sum = new Float64Array(graph.asns.length);
  const count = new Float64Array(graph.asns.length);
  return evidence.outcomes.map((column) => {
    sum.fill(0);
    count.fill(0);
    for (const [row, number] of numbers.entries()) {
      const outcome = column[row] as number;
      if (number === undefined || outcome === 0) continue;
      for (let at = start[number] as number; at < (start[number + 1] as number); at++) {
        const provider = list[at] as number;
        sum[provider] = (sum[provider] as number) + outcome;
        count[provider] = (count[provider] as number) + 1;
      }
    }
    return Float32Array.from(numbers, (number, row) => {
      if (number === undefined) return 0;
      const [from, to] = [start[number] as number, start[number + 1] as number];
      const own = column[row] as number;
      let mean = 0;
      for (let at = from; at < to; at++) {
        const provider = list[at] as number;
        mean += ((sum[provider] as number) - own) / ((count[provider] as number) - Math.abs(own) + pull);
      }
      return to > from ? mean / (to - from) : 0;
    });
  });
}
