/** Starting over: another connection at once, and everything asked for, where only our question was wrong. */
import type { Work } from './state.ts';

/**
 * A cache that was started anew should answer a Serial Query of its past with Cache Reset. Some report Corrupt Data (§5.1), and
 * some just hang up (StayRTR does either): ask for everything then, at once, since what is held may be old.
 */
export function refusesSerialQuery({ next: { phase, query } }: Work): boolean {
  return phase === 'querying' && query === 'serial';
}

/** Another try at once, on a new connection, and for everything: only what we asked for was wrong. */
export function startOver(work: Work, { byUs }: { readonly byUs: boolean }): void {
  work.next.source = undefined;
  work.disconnect(byUs);
  work.connect();
}
