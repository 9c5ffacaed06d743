/**
 * Whether RPKI lets us announce what the plan announces: an announcement that is invalid is dropped by every network that validates.
 *
 * Why here: a ROA runs out or is changed by mistake while nobody looks at the network file, and the PoP sees it first. It is
 * told, and never acted upon: withdrawing everywhere for what a cache says would be an outage of our own making.
 */
import type { Problem } from '../base/problem.ts';
import { classifyAsn } from '../ip/asn.ts';
import { mustPrefix } from '../ip/prefix.ts';
import { validateOrigin } from '../rpki/data/origin-validation.ts';
import type { RpkiData } from '../rpki/data/rpki-data.ts';
import type { AnnouncerPlan } from './announcer.ts';

/** Problem code: `announcer.rpki-own-invalid`, one for each prefix. Of a private ASN, which providers take out, nothing can be said. */
export function invalidOwnRoutes(plan: AnnouncerPlan | undefined, data: RpkiData | undefined): readonly Problem[] {
  if (plan === undefined || data === undefined || classifyAsn(plan.asn).kind === 'private') return [];
  const prefixes = new Set(plan.sessions.flatMap(({ announcements }) => announcements.map(({ prefix }) => prefix)));
  return [...prefixes].flatMap((prefix): readonly Problem[] => {
    const { state, reason } = validateOrigin(data.vrps, mustPrefix(prefix), plan.asn);
    if (state !== 'invalid') return [];
    return [
      {
        code: 'announcer.rpki-own-invalid',
        severity: 'error',
        what: `RPKI finds our own announcement of ${prefix} by AS${plan.asn} invalid: ${reason}; networks that validate drop it`,
        where: prefix,
        fix: `make a ROA for ${prefix} and AS${plan.asn} at your registry`,
        source: 'RFC 6811 §2',
      },
    ];
  });
}
