/** What a session may have negotiated, for who decodes messages without being part of one. */
import type { CodecContext } from '../message/types.ts';

/**
 * A session with an external peer that agreed on all that makes more messages readable. What would make the same bytes mean
 * something else is for the caller to say: `fourOctetAsn` (default true) and `addPath` (default none).
 */
export function codecContext(context: Partial<CodecContext> = {}): CodecContext {
  return {
    fourOctetAsn: true,
    external: true,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    extendedMessages: true, // RFC 8654
    extendedNextHop: ['ipv4-unicast'], // RFC 8950
    enhancedRouteRefresh: true, // RFC 7313
    ...context,
  };
}
