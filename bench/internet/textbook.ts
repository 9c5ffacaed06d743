/**
 * The textbook way, as a peer: an object for each AS, routes as objects, breadth-first search by path length in each of the
 * three phases. What one writes first, and what simulators in scripting languages do.
 */
import type { AsGraph } from '../../src/internet/topology/as-graph.ts';

interface Node {
  readonly asn: number;
  readonly providers: Node[];
  readonly customers: Node[];
  readonly laterals: Node[];
  route: { readonly length: number; readonly via: Node | undefined; readonly entry: number } | undefined;
  phase: 'customer' | 'lateral' | 'provider' | undefined;
}

export class TextbookPropagation {
  readonly #nodes: Node[];

  constructor({ asns, providers, laterals }: AsGraph) {
    this.#nodes = [...asns].map((asn) => ({
      asn,
      providers: [],
      customers: [],
      laterals: [],
      route: undefined,
      phase: undefined,
    }));
    for (const [number, node] of this.#nodes.entries()) {
      for (const other of providers.list.subarray(providers.start[number], providers.start[number + 1])) {
        const provider = this.#nodes[other] as Node;
        node.providers.push(provider);
        provider.customers.push(node);
      }
      for (const other of laterals.list.subarray(laterals.start[number], laterals.start[number + 1])) {
        node.laterals.push(this.#nodes[other] as Node);
      }
    }
  }

  /** Announces at these ASes as their customer; returns how many ASes have a route and the sum of their path lengths. */
  run(entries: readonly number[]): { reached: number; pathLengthSum: number } {
    for (const node of this.#nodes) {
      node.route = undefined;
      node.phase = undefined;
    }
    let level: Node[] = [];
    for (const [entry, number] of entries.entries()) {
      const node = this.#nodes[number] as Node;
      node.route = { length: 1, via: undefined, entry };
      node.phase = 'customer';
      level.push(node);
    }
    const withCustomerRoute: Node[] = [];
    while (level.length > 0) {
      withCustomerRoute.push(...level);
      level = this.#spread(level, (node) => node.providers, 'customer');
    }
    // A lateral route is as long as the neighbour's customer route, whatever level that was on.
    for (const node of withCustomerRoute) {
      for (const peer of node.laterals) this.#offer(node, peer, 'lateral');
    }
    const byLength: Node[][] = [];
    for (const node of this.#nodes) {
      if (node.route === undefined) continue;
      const bucket = byLength[node.route.length] ?? [];
      byLength[node.route.length] = bucket;
      bucket.push(node);
    }
    for (let length = 0; length < byLength.length; length++) {
      const next = this.#spread(byLength[length] ?? [], (node) => node.customers, 'provider');
      if (next.length > 0) byLength[length + 1] = [...(byLength[length + 1] ?? []), ...next];
    }
    const routed = this.#nodes.filter(({ route }) => route !== undefined);
    return { reached: routed.length, pathLengthSum: routed.reduce((sum, { route }) => sum + (route?.length ?? 0), 0) };
  }

  #spread(level: readonly Node[], to: (node: Node) => readonly Node[], phase: NonNullable<Node['phase']>): Node[] {
    const next = new Set<Node>();
    for (const node of level) for (const other of to(node)) if (this.#offer(node, other, phase)) next.add(other);
    return [...next];
  }

  #offer(from: Node, to: Node, phase: NonNullable<Node['phase']>): boolean {
    const length = (from.route?.length ?? 0) + 1;
    if (to.route !== undefined) {
      const sameLevel = to.phase === phase && to.route.length >= length && to.route.via !== undefined;
      const better = sameLevel && (length < to.route.length || from.asn < (to.route.via?.asn ?? 0));
      if (!better) return false;
    }
    to.route = { length, via: from, entry: from.route?.entry ?? 0 };
    to.phase = phase;
    return true;
  }
}
