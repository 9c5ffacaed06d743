/** Puts entry points together that BGP does not tell apart. */
import type { EntryPoint } from '../propagation/announcement.ts';
import type { Deployment, EntryGroup, PopEntry } from './types.ts';

/**
 * Groups in the order of their first entry. Entries of one AS that are alike but for whom it may tell become one that tells
 * all whom one of them may tell: the AS has both routes, and uses for each neighbour one that it may have.
 */
export function groupEntries(entries: readonly PopEntry[]): readonly EntryGroup[] {
  return membersOf(entries).map(groupOf);
}

/** Entries that BGP does not tell apart, with their places in the list: never none. */
type Members = readonly (PopEntry & { readonly place: number })[];

function membersOf(entries: readonly PopEntry[]): readonly Members[] {
  const groups = new Map<string, (PopEntry & { place: number })[]>();
  for (const [place, { pop, entry }] of entries.entries()) {
    const { at, as, pathLength, originAsn, refusedBy, blackhole } = entry;
    const key = `${at} ${as} ${pathLength} ${originAsn} ${refusedBy?.join() ?? ''} ${blackhole === true}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ place, pop, entry }]);
    else group.push({ place, pop, entry });
  }
  return [...groups.values()];
}

function groupOf(members: Members): EntryGroup {
  const pops = [...new Set(members.map(({ pop }) => pop))].sort((a, b) => a - b);
  return { entry: members.map(({ entry }) => entry).reduce(tellsMore), pops };
}

function tellsMore(a: EntryPoint, b: EntryPoint): EntryPoint {
  if (a.noExport === true) return b;
  if (b.noExport === true || sameList(a.notTo, b.notTo)) return a;
  const { notTo: notToA = [], ...rest } = a;
  // A provider's list has thousands: a set, or this is the slowest line of a search.
  const notToB = new Set(b.notTo);
  const notTo = notToA.filter((number) => notToB.has(number));
  return notTo.length === 0 ? rest : { ...rest, notTo };
}

/** Most sessions of one provider tell the same neighbours. */
function sameList(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((number, index) => number === b[index]);
}

/**
 * Without what one PoP announces, for one PoP after the other. Its place in the list stays, so that indexes mean the same before
 * and after. Only groups that it is in are made anew: N-1 of hundreds of PoPs would spend most of its time here.
 */
export function withoutEachPop(deployment: Deployment): (pop: number) => Deployment {
  const whole = membersOf(deployment.entries).map((members) => ({ members, group: groupOf(members) }));
  return (pop) => {
    const groups = whole.flatMap(({ members, group }) => {
      if (!group.pops.includes(pop)) return [{ place: members[0]?.place ?? 0, group }];
      const rest = members.filter((member) => member.pop !== pop);
      return rest[0] === undefined ? [] : [{ place: rest[0].place, group: groupOf(rest) }];
    });
    groups.sort((a, b) => a.place - b.place);
    const entries = deployment.entries.filter((entry) => entry.pop !== pop);
    return { ...deployment, entries, groups: groups.map(({ group }) => group) };
  };
}

export function withEntries(deployment: Deployment, entries: readonly PopEntry[]): Deployment {
  return { ...deployment, entries, groups: groupEntries(entries) };
}

/** The PoPs that announce, ascending. */
export function announcingPops({ groups }: Deployment): readonly number[] {
  return [...new Set(groups.flatMap(({ pops }) => pops))].sort((a, b) => a - b);
}
