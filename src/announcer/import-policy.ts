/**
 * Import policy of one session, compiled from what the network file wants to receive.
 *
 * Why at all: a PoP needs no route of its neighbours to serve. What is accepted can be looked at and compared; the export
 * policy names our own prefixes only, so it goes to nobody.
 */
import { rejectAll } from '../bgp/policy/common.ts';
import type { Match, Policy, PolicyTerm } from '../bgp/policy/types.ts';
import type { ReceiveIntent, RpkiIntent } from '../network/rpki-intent.ts';

/** Below every route that is not invalid, whose default is 100. */
export const depreferred = 10;

/** Without `receive` nothing is accepted (RFC 8212). */
export function importPolicyOf(receive: ReceiveIntent | undefined, rpki: RpkiIntent | undefined): Policy {
  if (receive === undefined) return rejectAll;
  const checks: readonly (readonly [string, Match])[] = [
    ['RPKI invalid origin', { originValidation: ['invalid'] }],
    ...(rpki?.aspa === true ? [['RPKI invalid path', { pathValidation: ['invalid'] }] as const] : []),
  ];
  const terms = asksValidation(receive, rpki) ? checks.map(([name, match]) => termOf(name, match, receive)) : [];
  return { terms, otherwise: 'accept' };
}

/** Whether the policy's outcome hangs on what caches say. */
export function asksValidation(receive: ReceiveIntent | undefined, rpki: RpkiIntent | undefined): boolean {
  return rpki !== undefined && receive !== undefined && receive.rpkiInvalid !== 'accept';
}

function termOf(name: string, match: Match, { rpkiInvalid }: ReceiveIntent): PolicyTerm {
  if (rpkiInvalid === 'reject') return { name, match, verdict: 'reject' };
  return { name, match, actions: [{ type: 'set-local-preference', value: depreferred }] };
}
