/** Random small Internets and announcements with all that an engine can be asked for, for tests that compare engines. */
import type { Random } from '../../base/random.ts';
import { type AsGraph, buildAsGraph } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import type { Announcement, EntryPoint } from './announcement.ts';

/** ASNs are drawn so that their order has nothing to do with the hierarchy. */
export function randomGraph(random: Random, ases: number, links = ases * 3): AsGraph {
  const collected = new AsLinks();
  const asns = Array.from({ length: ases }, (_, index) => index + 1);
  for (let index = ases - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [asns[index], asns[other]] = [asns[other] as number, asns[index] as number];
  }
  const drawn = (below: number): number => Math.floor(below * random.next() ** 2);
  for (let index = 1; index < ases; index++) {
    collected.add(asns[drawn(index)] as number, asns[index] as number, linkKind.providerToCustomer);
  }
  for (let count = ases; count < links; count++) {
    const [a, b] = [random.below(ases), random.below(ases)];
    if (a === b) continue;
    const kind = random.below(2) === 0 ? linkKind.lateral : linkKind.providerToCustomer;
    collected.add(asns[Math.min(a, b)] as number, asns[Math.max(a, b)] as number, kind);
  }
  return buildAsGraph(collected).graph;
}

export interface AnnouncementShape {
  /** Entry points may be refused one by one; lanes leave that to the scalar engine. */
  readonly poisoned?: boolean;
  readonly entries: number;
  /** Highest path length on arrival. */
  readonly longest: number;
}

export function randomAnnouncement(random: Random, graph: AsGraph, shape: AnnouncementShape): Announcement {
  const size = graph.asns.length;
  const some = (share: number, most: number): number[] | undefined =>
    random.next() < share ? Array.from({ length: 1 + random.below(most) }, () => random.below(size)) : undefined;
  const entries = Array.from({ length: 1 + random.below(shape.entries) }, (): EntryPoint => {
    const at = random.below(size);
    const as = (['customer', 'customer', 'lateral', 'provider', 'self'] as const)[random.below(5)] as EntryPoint['as'];
    const neighbours = [graph.providers, graph.customers, graph.laterals].flatMap(({ start, list }) => [
      ...list.subarray(start[at], start[at + 1]),
    ]);
    const notTo = neighbours.filter(() => random.below(3) === 0);
    return {
      at,
      as,
      pathLength: as === 'self' ? 0 : 1 + random.below(shape.longest),
      originAsn: random.below(3) === 0 ? 1 + random.below(size) : 64_500,
      ...(random.below(6) === 0 ? { noExport: true } : {}),
      ...(random.below(3) === 0 ? { notTo } : {}),
      ...(shape.poisoned === true && random.below(2) === 0 ? { refusedBy: some(1, 6) ?? [] } : {}),
    };
  });
  const refusedBy = some(0.3, Math.ceil(size / 6));
  return { entries, ...(refusedBy === undefined ? {} : { refusedBy }) };
}
