/** Puts entry points together that BGP does not tell apart. */
import type { EntryPoint } from '../propagation/announcement.ts';
import type { Deployment, EntryGroup, PopEntry } from './types.ts';

/**
 * Groups in the order of their first entry. Entries of one AS that are alike but for whom it may tell become one that tells
 * all whom one of them may tell: the AS has both routes, and uses for each neighbour one that it may have.
 */
export function groupEntries(entries: readonly PopEntry[]): readonly EntryGroup[] {
  const groups = new Map<string, { entry: EntryPoint; pops: Set<number> }>();
  for (const { pop, entry } of entries) {
    const { at, as, pathLength, originAsn, refusedBy, blackhole } = entry;
    const key = `${at} ${as} ${pathLength} ${originAsn} ${refusedBy?.join() ?? ''} ${blackhole === true}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { entry, pops: new Set([pop]) });
    else {
      group.entry = tellsMore(group.entry, entry);
      group.pops.add(pop);
    }
  }
  return [...groups.values()].map(({ entry, pops }) => ({ entry, pops: [...pops].sort((a, b) => a - b) }));
}

function tellsMore(a: EntryPoint, b: EntryPoint): EntryPoint {
  if (a.noExport === true) return b;
  if (b.noExport === true) return a;
  const { notTo: notToA = [], ...rest } = a;
  // A provider's list has thousands: a set, or this is the slowest line of a search.
  const notToB = new Set(b.notTo);
  const notTo = notToA.filter((number) => notToB.has(number));
  return notTo.length === 0 ? rest : { ...rest, notTo };
}

/** Without what this PoP announces. Its place in the list stays, so that indexes mean the same before and after. */
export function withoutPop(deployment: Deployment, pop: number): Deployment {
  return withEntries(
    deployment,
    deployment.entries.filter((entry) => entry.pop !== pop),
  );
}

export function withEntries(deployment: Deployment, entries: readonly PopEntry[]): Deployment {
  return { ...deployment, entries, groups: groupEntries(entries) };
}

/** The PoPs that announce, ascending. */
export function announcingPops({ groups }: Deployment): readonly number[] {
  return [...new Set(groups.flatMap(({ pops }) => pops))].sort((a, b) => a - b);
}
