/** An AS at which announcements enter the Internet, in the terms of the batch engine: its best entry point in each lane. */
import type { Announcement, EntryPoint } from '../announcement.ts';
import { lanes, longestPath, noLaneEntry, noRank, rankClass } from './kernel.ts';

/** One configuration of a batch. */
export interface Lane extends Announcement {
  /** What results call each entry point, instead of its place in the list: 254 at most. Several may have one name. */
  readonly ids?: ArrayLike<number>;
}

export class EntrySite {
  readonly at: number;
  readonly rank = new Uint8Array(lanes).fill(noRank);
  readonly id = new Uint8Array(lanes).fill(noLaneEntry);
  readonly point: (EntryPoint | undefined)[] = new Array<undefined>(lanes).fill(undefined);
  /** Whether the AS took the entry point, once it was offered. */
  readonly taken = new Uint8Array(lanes);

  #avoided: ReadonlySet<number> | undefined;

  constructor(at: number) {
    this.at = at;
  }

  /** The neighbours that it does not tell in some lane; `undefined` where there are none. */
  avoided(): ReadonlySet<number> | undefined {
    if (this.#avoided !== undefined) return this.#avoided;
    const lists = new Set(this.point.flatMap((point) => (point?.notTo === undefined ? [] : [point.notTo])));
    if (lists.size > 0) this.#avoided = new Set([...lists].flat());
    return this.#avoided;
  }

  /** The entry point of that class in a lane. */
  pointOf(lane: number, base: number): EntryPoint | undefined {
    return ((this.rank[lane] as number) & 0xc0) === base ? this.point[lane] : undefined;
  }

  hasClass(base: number): boolean {
    return this.point.some((point, lane) => point !== undefined && ((this.rank[lane] as number) & 0xc0) === base);
  }
}

/** Whether a lane's bytes hold all that this configuration can say about its entry points. */
export function fitsLane({ entries, ids }: Lane): boolean {
  if (ids === undefined && entries.length >= noLaneEntry) return false;
  return entries.every(({ as, pathLength, refusedBy }, index) => {
    // A lane knows no refusal of one entry point among several.
    if (refusedBy !== undefined && refusedBy.length > 0) return false;
    if (ids !== undefined && (ids[index] as number) >= noLaneEntry) return false;
    return as === 'self' ? pathLength === 0 : pathLength >= 1 && pathLength <= longestPath;
  });
}

export function classOf({ as }: EntryPoint): number {
  if (as === 'lateral') return rankClass.lateral;
  return as === 'provider' ? rankClass.provider : rankClass.customer;
}

/** The entry points of all lanes by AS; of equals the one first in its lane's list stays. */
export function sitesOf(configurations: readonly Lane[], refuses: (at: number, lane: number) => boolean): EntrySite[] {
  const sites = new Map<number, EntrySite>();
  for (const [lane, { entries, ids }] of configurations.entries()) {
    for (let index = 0; index < entries.length; index++) {
      const point = entries[index] as EntryPoint;
      if (refuses(point.at, lane)) continue;
      let site = sites.get(point.at);
      if (site === undefined) {
        site = new EntrySite(point.at);
        sites.set(point.at, site);
      }
      const rank = classOf(point) + point.pathLength;
      if (rank >= (site.rank[lane] as number)) continue;
      site.rank[lane] = rank;
      site.id[lane] = ids === undefined ? index : (ids[index] as number);
      site.point[lane] = point;
    }
  }
  return [...sites.values()].sort((a, b) => a.at - b.at);
}
