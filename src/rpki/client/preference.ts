/**
 * Which caches to talk to and whose data to use, of several in order of preference (RFC 8210 §10).
 *
 * Rules: the first is always tried. One further down is tried once all before it have failed, and stopped, its data dropped, once
 * one before it is in sync. The data in use is that of the most preferred cache in sync; where none is, what was in use
 * stays until it expires; a cache that went away has told the truth a moment ago.
 */

export interface CacheView {
  /** Data has come over the connection that stands. */
  readonly inSync: boolean;
  readonly hasData: boolean;
  /** The last attempt brought no data, or the connection was lost since. */
  readonly failed: boolean;
}

export interface Choice {
  /** The cache whose data to use; `undefined` where none has any. */
  readonly use: number | undefined;
  /** For each cache: whether it should be talked to. */
  readonly run: readonly boolean[];
}

/** `caches` in order of preference; `inUse` is what the last choice said. */
export function chooseCache(caches: readonly CacheView[], inUse: number | undefined): Choice {
  const inSync = caches.findIndex((cache) => cache.inSync);
  if (inSync !== -1) {
    // Those before it go on trying.
    return { use: inSync, run: caches.map((_, index) => index <= inSync) };
  }
  const holds = (index: number | undefined): boolean => index !== undefined && caches[index]?.hasData === true;
  const first = caches.findIndex((cache) => cache.hasData);
  const use = holds(inUse) ? inUse : first === -1 ? undefined : first;
  const firstHopeful = caches.findIndex((cache) => !cache.failed);
  const last = firstHopeful === -1 ? caches.length - 1 : firstHopeful;
  // A cache whose data is in use keeps its session: stopping it would drop the data.
  return { use, run: caches.map((cache, index) => index <= last || cache.hasData) };
}
