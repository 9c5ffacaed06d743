/** A deployment whose announcements all carry some other networks' AS numbers, so that those take none of them. */
import type { Deployment } from './types.ts';

/**
 * The paths as others compare them: our own ASN follows again behind the poisoned ones, as the origin that others verify, so
 * each grows by one more than there are. That the poisoned ASes refuse it (RFC 4271 §9.1.2) is the prediction's `refusedBy`.
 */
export function withPoisoned({ entries, groups, ...rest }: Deployment, poisoned: number): Deployment {
  if (poisoned === 0) return { ...rest, entries, groups };
  const longer = <T extends Deployment['entries'][number] | Deployment['groups'][number]>(one: T): T => ({
    ...one,
    entry: { ...one.entry, pathLength: one.entry.pathLength + poisoned + 1 },
  });
  return { ...rest, entries: entries.map(longer), groups: groups.map(longer) };
}
