/**
 * Communities of every kind as text, with wildcards: `64500:*`, `64500:1:[0..9]`, `rt:64500:1`, `no-export`.
 *
 * Why one notation for all kinds: the number of parts tells a standard community (RFC 1997, two) from a large one (RFC 8092,
 * three), and a word in front tells an extended one (RFC 4360), so a policy does not name the attribute, too.
 *
 *   64500:1        standard; well-known ones by name, too: `no-export`, `graceful-shutdown`
 *   64500:1:2      large
 *   rt:64500:1     extended route target (RFC 4360 §4); `ro:` is route origin (§5). The first part is a 2- or 4-octet AS
 *                  number (RFC 5668) or an IPv4 address
 *   0x…            any other extended one by its 16 digits; no wildcards
 *
 * In a pattern each part may be `*` or a range `[low..high]`.
 */
import { fail } from '../../base/problem.ts';
import { formatAddress, parseAddress } from '../../ip/address.ts';
import { parseCommunity, parseLargeCommunity } from '../message/community.ts';
import { parseExtendedCommunity } from '../message/extended-community.ts';
import type { ExtendedCommunity, LargeCommunity, PathAttributes } from '../message/types.ts';

/** Of one kind: the other two are absent. */
export interface CommunityPattern {
  readonly standard?: (value: number) => boolean;
  readonly extended?: (value: ExtendedCommunity) => boolean;
  readonly large?: (value: LargeCommunity) => boolean;
}

export type Community =
  | { readonly kind: 'standard'; readonly value: number }
  | { readonly kind: 'extended'; readonly value: ExtendedCommunity }
  | { readonly kind: 'large'; readonly value: LargeCommunity };

type Part = (value: number) => boolean;

const subtypes = { rt: 2, ro: 3 } as const; // RFC 4360 §4 and §5
/** First byte of an extended community: what its first part is (RFC 4360 §3.1 and §3.2, RFC 5668 §2). */
const administrators = { twoOctetAsn: 0, address: 1, fourOctetAsn: 2 } as const;
const u16 = 0xffff;
const u32 = 0xffff_ffff;

/** Reads a pattern once. Problem code: `policy.community-pattern`. */
export function compileCommunityPattern(text: string, where: string): CommunityPattern {
  const named = parseCommunity(text);
  if (named !== undefined) return { standard: (value) => value === named };
  if (text.startsWith('0x')) return { extended: exactly(parseExtendedCommunity(text) ?? refuse(text, where)) };
  const parts = text.trim().split(':');
  const [word, ...rest] = parts as [string, ...string[]];
  if ((word === 'rt' || word === 'ro') && rest.length === 2) return administered(subtypes[word], rest, text, where);
  const maximum = parts.length === 2 ? u16 : u32;
  const [a, b, c] = parts.map((part) => partOf(part, maximum) ?? refuse(text, where));
  if (parts.length === 2 && a && b) return { standard: (value) => a(Math.floor(value / 0x10000)) && b(value & u16) };
  if (parts.length === 3 && a && b && c) return { large: (value) => a(value[0]) && b(value[1]) && c(value[2]) };
  return refuse(text, where);
}

/** One community, without wildcards. Problem code: `policy.community`. */
export function communityOf(text: string, where: string): Community {
  const standard = parseCommunity(text);
  if (standard !== undefined) return { kind: 'standard', value: standard };
  const large = parseLargeCommunity(text);
  if (large !== undefined) return { kind: 'large', value: large };
  const extended = parseExtendedCommunity(text);
  if (extended !== undefined) return { kind: 'extended', value: extended };
  const fix = 'write 64500:1, 64500:1:2, rt:64500:1 or a well-known name such as no-export';
  return fail({ code: 'policy.community', what: `"${text}" is no community`, where, fix });
}

/** Whether any community of the route is one of those. */
export function carriesAny(attributes: PathAttributes, patterns: readonly CommunityPattern[]): boolean {
  const { communities = [], extendedCommunities = [], largeCommunities = [] } = attributes;
  return patterns.some(
    ({ standard, extended, large }) =>
      (standard !== undefined && communities.some(standard)) ||
      (extended !== undefined && extendedCommunities.some(extended)) ||
      (large !== undefined && largeCommunities.some(large)),
  );
}

/** A pattern for what has an administrator in front, whichever of its three encodings the sender chose. */
function administered(subtype: number, parts: readonly string[], text: string, where: string): CommunityPattern {
  const [administrator, number] = parts as [string, string];
  const value = partOf(number, u32) ?? refuse(text, where);
  const parsed = parseAddress(administrator);
  const address = parsed?.family === 4 ? formatAddress(parsed) : undefined;
  const asn: Part = address === undefined ? (partOf(administrator, u32) ?? refuse(text, where)) : () => false;
  return {
    extended: ([high, low]) => {
      if (((high >>> 16) & 0xff) !== subtype) return false;
      const upper = high & u16;
      switch ((high >>> 24) & 0xbf) {
        // The bit that is masked out says "not transitive" (RFC 4360 §2) and nothing of the meaning.
        case administrators.twoOctetAsn:
          return asn(upper) && value(low);
        case administrators.fourOctetAsn:
          return asn(upper * 0x10000 + (low >>> 16)) && value(low & u16);
        case administrators.address: {
          const bytes = Uint8Array.of(upper >> 8, upper & 0xff, low >>> 24, (low >>> 16) & 0xff);
          const own = address === undefined ? administrator === '*' : formatAddress({ family: 4, bytes }) === address;
          return own && value(low & u16);
        }
        default:
          return false;
      }
    },
  };
}

function exactly([high, low]: ExtendedCommunity): NonNullable<CommunityPattern['extended']> {
  return (value) => value[0] === high && value[1] === low;
}

function partOf(text: string, maximum: number): Part | undefined {
  if (text === '*') return () => true;
  const range = /^\[(\w+)\.\.(\w+)\]$/.exec(text);
  const [low, high] = [numberOf(range?.[1] ?? text, maximum), numberOf(range?.[2] ?? text, maximum)];
  if (low === undefined || high === undefined || low > high) return undefined;
  return (value) => value >= low && value <= high;
}

function numberOf(text: string, maximum: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= maximum ? value : undefined;
}

function refuse(text: string, where: string): never {
  const fix = 'write 64500:1, 64500:1:2, rt:64500:1 or a well-known name; each part may be * or [low..high]';
  return fail({ code: 'policy.community-pattern', what: `"${text}" is no pattern for communities`, where, fix });
}
