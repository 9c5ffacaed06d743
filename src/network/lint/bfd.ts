/** BFD beside a session: that it notices sooner than BGP does, and not too soon; that a stranger cannot end it. */
import { sessionEnds } from '../session-ends.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* timing({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    if (session.bfd === undefined) continue;
    const { intervalMs, multiplier } = session.bfd;
    const at = { path: [...path, 'bfd'], level: 'warning' } as const;
    if (session.holdTimeSeconds > 0 && intervalMs * multiplier >= session.holdTimeSeconds * 1000) {
      yield {
        ...at,
        code: 'network.bfd-slow',
        what: `BFD takes ${(intervalMs * multiplier) / 1000} s to notice; the hold time of ${session.holdTimeSeconds} s is no later`,
        fix: 'shorten intervalMs, or leave bfd out',
      };
    }
    if (multiplier < 3) {
      yield {
        ...at,
        code: 'network.bfd-hasty',
        what: `${multiplier === 1 ? 'one lost packet ends' : 'two lost packets end'} the session, and the PoP loses its traffic for it`,
        fix: 'use multiplier: 3',
      };
    }
  }
}

function* ttl({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    if (session.bfd === undefined) continue;
    const at = { path: [...path, 'bfd'], level: 'warning' } as const;
    const { minimumTtl } = session.bfd;
    const ends = sessionEnds(session);
    if (ends.length === 0) continue; // Reported as a session without ends.
    const multihop = ends.some((end) => end.multihop !== undefined);
    if (multihop && minimumTtl === undefined) {
      yield {
        ...at,
        code: 'network.bfd-any-ttl',
        what: 'over several hops, whoever can forge the neighbor’s address from anywhere can end the BFD session',
        fix: 'give minimumTtl: 256 less the hops where the neighbor sends with 255, 65 less the hops where it is a BIRD',
        source: 'RFC 5883 §6',
      };
    }
    if (!multihop && minimumTtl !== undefined) {
      yield {
        ...at,
        code: 'network.bfd-ttl-unused',
        what: 'minimumTtl has no effect on a session of one hop: there only 255 is heard',
        fix: 'take it out',
        source: 'RFC 5881 §5',
      };
    }
  }
}

export const bfdRules: readonly Rule[] = [
  { name: 'BFD notices in good time', codes: ['network.bfd-slow', 'network.bfd-hasty'], find: timing },
  { name: 'BFD hears its neighbor only', codes: ['network.bfd-any-ttl', 'network.bfd-ttl-unused'], find: ttl },
];
