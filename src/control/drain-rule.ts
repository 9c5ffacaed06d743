/**
 * May this PoP be drained? Not where a prefix would then be announced by too few others, or by none.
 *
 * Why: draining the last announcing PoP is an outage by command. An operator who means it says so (`--force`).
 * A PoP that does not announce now is judged alike: drained, it could not come back when the others fail.
 * PoPs that are asked to drain no longer count, so that two drains at once cannot each lean on the other's PoP.
 */
import type { Problem } from '../base/problem.ts';
import type { PopIntent } from '../network/intent.ts';

export interface Announcer {
  readonly name: string;
  readonly announced: readonly string[];
  readonly drainWanted: boolean;
}

/** The rule that the drain would break; `undefined` where it may go ahead. Code: `control.last-announcing-pop`. */
export function drainRefusal(options: {
  readonly pop: PopIntent;
  readonly others: readonly Announcer[];
  readonly minimumAnnouncers: number;
}): Problem | undefined {
  const { pop, others } = options;
  // A floor of 0 lets health take the last one; an operator's slip needs the force all the same.
  const floor = Math.max(1, options.minimumAnnouncers);
  const prefixes = new Set(pop.sessions.flatMap((session) => session.announcements.map(({ prefix }) => prefix)));
  for (const prefix of prefixes) {
    const left = others.filter((other) => !other.drainWanted && other.announced.includes(prefix));
    if (left.length >= floor) continue;
    const names = left.map((other) => other.name).join(', ');
    const rest = left.length === 0 ? 'no other PoP announces' : `only ${names} would announce`;
    return {
      code: 'control.last-announcing-pop',
      severity: 'error',
      what: `draining ${pop.pop} is refused: ${rest} ${prefix}, and safety.minimumAnnouncers is ${options.minimumAnnouncers}`,
      where: `pops.${pop.pop}`,
      fix: 'bring another PoP up or resume it first; to drain this one all the same, use --force',
    };
  }
  return undefined;
}
