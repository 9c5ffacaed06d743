/**
 * Communities as operators write them: `65535:0`, `20473:6000:174`, or a well-known name such as `no-export`.
 *
 * Why names and meanings: some well-known values undo an anycast network (BLACKHOLE, NO_ADVERTISE), so lint knows them.
 */
import type { Fault } from './schema/hints.ts';

export interface WellKnownCommunity {
  readonly name: string;
  readonly value: string;
  readonly effect: string;
  readonly source: string;
}

export const wellKnownCommunities: readonly WellKnownCommunity[] = [
  {
    name: 'graceful-shutdown',
    value: '65535:0',
    effect: 'makes the provider prefer every other path, for as long as it stands here',
    source: 'RFC 8326',
  },
  {
    name: 'blackhole',
    value: '65535:666',
    effect: 'asks the provider to drop all traffic to the prefix',
    source: 'RFC 7999',
  },
  {
    name: 'no-export',
    value: '65535:65281',
    effect: "keeps the route inside the provider's own AS",
    source: 'RFC 1997',
  },
  {
    name: 'no-advertise',
    value: '65535:65282',
    effect: 'keeps the route on the one router that receives it',
    source: 'RFC 1997',
  },
  {
    name: 'no-export-subconfed',
    value: '65535:65283',
    effect: "keeps the route inside one member of the provider's confederation",
    source: 'RFC 1997',
  },
  {
    name: 'no-peer',
    value: '65535:65284',
    effect: 'keeps the route from the networks that the provider peers with',
    source: 'RFC 3765',
  },
];

/** The canonical text of a community of either kind, or why it is none. */
export function parseCommunity(text: string): string | Fault {
  const named = wellKnownCommunities.find(({ name }) => name === text.toLowerCase().replaceAll('_', '-'));
  if (named !== undefined) return named.value;
  const parts = text.split(':');
  const [most, source] = parts.length === 3 ? [0xffff_ffff, 'RFC 8092 §3'] : [0xffff, 'RFC 1997'];
  if ((parts.length !== 2 && parts.length !== 3) || parts.some((part) => !/^\d{1,10}$/.test(part))) {
    return {
      code: 'network.community-syntax',
      what: `"${text}" is no BGP community`,
      fix: 'write 65535:0 (standard), 20473:6000:174 (large), or a well-known name such as no-export',
    };
  }
  const tooLarge = parts.find((part) => Number(part) > most);
  if (tooLarge !== undefined) {
    const fix = most === 0xffff ? 'a part above 65535 needs a large community, a:b:c' : undefined;
    return {
      code: 'network.community-range',
      what: `in the community ${text}, ${tooLarge} is too large; each part is at most ${most}`,
      ...(fix === undefined ? {} : { fix }),
      source,
    };
  }
  return parts.map(Number).join(':');
}

export function isLargeCommunity(community: string): boolean {
  return community.split(':').length === 3;
}
