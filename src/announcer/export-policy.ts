/**
 * Export policy of one session, compiled from its announcements: each prefix by name, exactly, and nothing else.
 *
 * Why: an empty list must mean "nothing", never "all" (RFC 8212); and one term a prefix lets each carry its own
 * communities and prepending.
 */
import { assert } from '../base/assert.ts';
import type { Problem } from '../base/problem.ts';
import type { LargeCommunity } from '../bgp/message/types.ts';
import type { Action, Policy, PolicyTerm } from '../bgp/policy/types.ts';
import type { AnnouncementIntent } from '../network/intent.ts';
import type { SessionPlan } from './announcer.ts';

/** The policy that lets out exactly `announcements`. */
export function exportPolicyOf(announcements: readonly AnnouncementIntent[]): Policy {
  return { terms: announcements.map(termOf), otherwise: 'reject' };
}

function termOf(announcement: AnnouncementIntent): PolicyTerm {
  const communities = announcement.communities.map(communityNumber);
  const large = announcement.largeCommunities.map(largeCommunityParts);
  const actions: Action[] = [];
  if (communities.length > 0) actions.push({ type: 'add-communities', values: communities });
  if (large.length > 0) actions.push({ type: 'add-large-communities', values: large });
  if (announcement.prepend > 0) actions.push({ type: 'prepend', count: announcement.prepend });
  return {
    name: `announce ${announcement.prefix}`,
    match: { prefixes: [{ prefix: announcement.prefix }], learnedFrom: ['local'] },
    actions,
    verdict: 'accept',
  };
}

/** `65535:0` as one 32-bit number (RFC 1997). */
export function communityNumber(text: string): number {
  const parts = numbers(text, 2, 0xffff);
  return (parts[0] as number) * 0x1_0000 + (parts[1] as number);
}

/** `64500:1:2` as three 32-bit numbers (RFC 8092). */
export function largeCommunityParts(text: string): LargeCommunity {
  const parts = numbers(text, 3, 0xffff_ffff);
  return [parts[0] as number, parts[1] as number, parts[2] as number];
}

/** What keeps the session's announcements from being compiled: the intent's schema does not look inside communities. */
export function communityProblem(session: SessionPlan): Problem | undefined {
  const { name, announcements } = session;
  const bad =
    announcements.flatMap(({ communities }) => communities).find((text) => !wellFormed(text, 2, 0xffff)) ??
    announcements.flatMap(({ largeCommunities }) => largeCommunities).find((text) => !wellFormed(text, 3, 0xffff_ffff));
  if (bad === undefined) return undefined;
  return {
    code: 'announcer.community-syntax',
    severity: 'error',
    what: `session ${name} should announce with the community ${JSON.stringify(bad)}, which is none; the session stays as it was`,
    where: name,
    fix: 'write communities as 64500:1 and large communities as 64500:1:2',
  };
}

function wellFormed(text: string, count: number, maximum: number): boolean {
  const parts = text.split(':');
  return parts.length === count && parts.every((part) => /^\d{1,10}$/.test(part) && Number(part) <= maximum);
}

function numbers(text: string, count: number, maximum: number): number[] {
  assert(wellFormed(text, count, maximum), `not a community of ${count} parts: ${text}`);
  return text.split(':').map(Number);
}
