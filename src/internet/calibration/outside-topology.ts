/** Tells of measured ASes that the topology does not have: they are predicted from measurements alone. */
import { fail, type Problem } from '../../base/problem.ts';
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import type { Evidence } from './evidence.ts';

/** A warning, or nothing. Problem: `internet.asn-unknown`, where more than half are unknown: that is another Internet. */
export function outsideTopology({ asns }: Evidence, graph: AsGraph, file: string): Problem | undefined {
  const numberOf = numberOfAsn(graph);
  const outside = [...asns].filter((asn) => numberOf(asn) === undefined);
  if (outside.length === 0) return undefined;
  const named = outside.slice(0, 5).map((asn) => `AS${asn}`);
  const problem = {
    code: 'internet.asn-unknown',
    what: `${outside.length} of ${asns.length} measured ASes are not in the topology: ${named.join(', ')}${outside.length > named.length ? ' …' : ''}`,
    where: file,
    fix: 'take a topology of the time of the measurements',
  };
  if (outside.length * 2 > asns.length) fail(problem);
  return { severity: 'warning', ...problem };
}
