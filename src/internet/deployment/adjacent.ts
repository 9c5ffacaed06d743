/** The neighbours of one AS of the graph, by what they are to it. */
import type { Adjacency, AsGraph } from '../topology/as-graph.ts';

export interface Neighbors {
  readonly providers: readonly number[];
  readonly laterals: readonly number[];
  readonly customers: readonly number[];
}

export function adjacent(graph: AsGraph, number: number): Neighbors {
  const of = ({ start, list }: Adjacency): readonly number[] => [...list.subarray(start[number], start[number + 1])];
  return { providers: of(graph.providers), laterals: of(graph.laterals), customers: of(graph.customers) };
}
