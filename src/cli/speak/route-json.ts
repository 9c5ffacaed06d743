/**
 * Routes and their attributes as JSON and as one line for people.
 *
 * Why a general rule behind the few that are named: an attribute that the codec learns tomorrow is shown without a change here.
 */
import { formatCommunity, formatLargeCommunity } from '../../bgp/message/community.ts';
import type { AsPathSegment, LargeCommunity, PathAttributes, UnknownAttribute } from '../../bgp/message/types.ts';
import { type Address, formatAddress } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';

export interface ShownRoute {
  readonly prefix: Prefix;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

export interface RouteJson {
  readonly prefix: string;
  readonly nextHop: string;
  /** Our own names in camelCase; AS_SETs as lists inside the path. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

const shown: Readonly<Record<string, (value: never) => unknown>> = {
  asPath: (path: readonly AsPathSegment[]) =>
    path.flatMap(({ kind, asns }): readonly (number | readonly number[])[] => (kind === 'set' ? [asns] : asns)),
  communities: (values: readonly number[]) => values.map(formatCommunity),
  largeCommunities: (values: readonly LargeCommunity[]) => values.map(formatLargeCommunity),
  unknown: (values: readonly UnknownAttribute[]) =>
    values.map(({ type, flags, bytes }) => ({ type, flags, hex: Buffer.from(bytes).toString('hex') })),
};

export function routeJson({ prefix, nextHop, attributes }: ShownRoute): RouteJson {
  const named = Object.entries(attributes).map(([name, value]) => {
    const show = shown[name] as ((value: unknown) => unknown) | undefined;
    return [name, show === undefined ? plain(value) : show(value)] as const;
  });
  return { prefix: formatPrefix(prefix), nextHop: formatAddress(nextHop), attributes: Object.fromEntries(named) };
}

/** `192.0.2.0/24 via 10.0.0.1 path 64501 64502 igp med 5 communities 64501:1`. */
export function routeText(route: ShownRoute): string {
  const { prefix, nextHop, attributes } = routeJson(route);
  const { originCode, asPath, multiExitDiscriminator, localPreference, ...others } = attributes;
  const path = (asPath as readonly (number | readonly number[])[] | undefined) ?? [];
  const hops = path.map((hop) => (typeof hop === 'number' ? hop : `{${hop.join(' ')}}`)).join(' ');
  const parts = [`${prefix} via ${nextHop} path ${hops === '' ? '(empty)' : hops}`];
  if (originCode !== undefined) parts.push(String(originCode));
  if (multiExitDiscriminator !== undefined) parts.push(`med ${multiExitDiscriminator}`);
  if (localPreference !== undefined) parts.push(`localpref ${localPreference}`);
  for (const [name, value] of Object.entries(others)) parts.push(`${words(name)} ${textOf(value)}`);
  return parts.join(' ');
}

/** Addresses as text and bytes as hex, however deep they stand. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map || value instanceof Set) return plain([...value]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if ('family' in value && 'bytes' in value) return formatAddress(value as Address);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
