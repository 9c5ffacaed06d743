/**
 * What is evaluated, by how many configurations at once: who the users are, what each entry point costs them, and where
 * announcements may enter.
 */
import type { EntryPoint } from '../propagation/announcement.ts';
import type { AsGraph } from '../topology/as-graph.ts';

export interface Users {
  /** ASes (numbers in the graph) that have users. */
  readonly numbers: Uint32Array;
  /** How many, of each. */
  readonly weights: Float32Array;
}

export interface EvaluationSpace {
  readonly graph: AsGraph;
  /** All entry points that any configuration may use: one for each session, and one more for each way to announce there. */
  readonly entries: readonly EntryPoint[];
  /** The column of each entry point, by which costs and loads are counted: its PoP. Without it each has its own. */
  readonly columns?: readonly number[];
  readonly columnCount: number;
  readonly users: Users;
  /** What one user of an AS pays at a column, row by row of `users`: `columnCount` numbers each. Milliseconds, say. */
  readonly costs: Float32Array;
  /** What a user without any route pays. */
  readonly costWithoutRoute: number;
  /** As in an announcement; of all configurations. */
  readonly refusedBy?: readonly number[];
}

/** The entry points that it uses: places in `entries`. */
export type Configuration = readonly number[];

export interface Evaluations {
  /** Mean cost of a user, for each configuration; NaN where it was not evaluated (interrupted). */
  readonly costs: Float64Array;
  /** Users at each column, and at last those without a route: `columnCount + 1` numbers a configuration. Only where asked for. */
  readonly loads: Float64Array | undefined;
  /** How many were evaluated: all, but where it was interrupted. */
  readonly done: number;
}
