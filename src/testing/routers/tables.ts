/** Routes for interop tests: a few with every attribute, chosen by hand, and tables of any size out of a seed. */
import { type Random, seededRandom } from '../../base/random.ts';
import type { NormalizedRoute, OriginatedRoute, OriginText } from './router.ts';

const origins: readonly OriginText[] = ['igp', 'egp', 'incomplete'];

const firstAsns = [64_700, 65_000, 4_200_000_100];

interface TableOptions {
  readonly size: number;
  readonly seed: number;
  /** The second octet of the IPv4 prefixes and the third group of the IPv6 ones, so that two tables don't meet. */
  readonly block: number;
  /** The ASN of all paths: one that originates cannot invent others. */
  readonly onlyAsn?: number;
}

/** Prefixes of both families with mixed attributes, in about a tenth as many sets of attributes as prefixes. */
export function mixedTable({ size, seed, block, onlyAsn }: TableOptions): readonly OriginatedRoute[] {
  const random = seededRandom(seed);
  const sets = Array.from({ length: Math.ceil(size / 10) }, () => attributeSet(random, onlyAsn));
  return Array.from({ length: size }, (_, index) => ({
    ...(sets[random.below(sets.length)] as Omit<OriginatedRoute, 'prefix'>),
    prefix: index % 3 === 0 ? `2001:db8:${block.toString(16)}:${(index + 1).toString(16)}::/64` : ipv4(block, index),
  }));
}

function ipv4(block: number, index: number): string {
  return `10.${block}.${index >> 3}.${(index & 7) << 5}/27`;
}

function attributeSet(random: Random, onlyAsn: number | undefined): Omit<OriginatedRoute, 'prefix'> {
  const some = <T>(most: number, make: () => T): readonly T[] => Array.from({ length: random.below(most + 1) }, make);
  const asn = (): number => onlyAsn ?? (firstAsns[random.below(3)] as number) + random.below(20);
  const part = (): number => random.below(0x1_0000);
  const large = (): string => `${4_200_000_000 + random.below(9)}:${random.below(2 ** 32)}:${random.below(9)}`;
  return {
    origin: origins[random.below(3)] as OriginText,
    asPath: some(4, asn),
    ...(random.below(2) === 0 ? {} : { med: 1 + random.below(1_000_000) }),
    communities: [...new Set(some(5, () => `${1 + random.below(64_000)}:${part()}`))].sort(),
    largeCommunities: [...new Set(some(3, large))].sort(),
  };
}

/** A route with nothing but what it must have. */
export function plainRoute(prefix: string): OriginatedRoute {
  return { prefix, origin: 'igp', asPath: [], communities: [], largeCommunities: [] };
}

/** What the other side is to hear of a route: the originator's ASN in front, its address as the next hop. */
export function expected(
  route: OriginatedRoute,
  sender: { readonly asn: number; readonly address: string; readonly address6: string },
): NormalizedRoute {
  return {
    prefix: route.prefix,
    nextHop: route.prefix.includes(':') ? sender.address6 : sender.address,
    origin: route.origin,
    asPath: [sender.asn, ...route.asPath].join(' '),
    med: route.med,
    communities: route.communities,
    largeCommunities: route.largeCommunities,
    unknown: [],
  };
}

/** The `announce` command of our speaker; its paths have copies of its own ASN only. */
export function announceCommand({
  prefix,
  origin,
  asPath,
  med,
  communities,
  largeCommunities,
}: OriginatedRoute): string {
  const words = [prefix, `origin=${origin}`, `prepend=${asPath.length}`];
  if (med !== undefined) words.push(`med=${med}`);
  if (communities.length > 0) words.push(`communities=${communities.join('+')}`);
  if (largeCommunities.length > 0) words.push(`largeCommunities=${largeCommunities.join('+')}`);
  return words.join(',');
}
