/** Routes as JSON, with the attributes as `nearcast bgp decode` shows them, and as one line for people. */
import { attributesJson, type Json } from '../../bgp/message/json.ts';
import type { AsPathSegment, PathAttributes } from '../../bgp/message/types.ts';
import { type Address, formatAddress } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import type { AspaState, OriginState } from '../../ip/route-validation.ts';

export interface ShownRoute {
  readonly prefix: Prefix;
  /** Where the session carries several paths to a prefix (RFC 7911). */
  readonly pathId?: number;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
  /** What RPKI says of it, where caches are asked. */
  readonly originValidation?: OriginState;
  readonly pathValidation?: AspaState;
}

export interface RouteJson {
  readonly prefix: string;
  readonly pathId?: number;
  readonly nextHop: string;
  readonly attributes: Json;
  readonly originValidation?: OriginState;
  readonly pathValidation?: AspaState;
}

export function routeJson(route: ShownRoute): RouteJson {
  const { prefix, pathId, nextHop, attributes, originValidation, pathValidation } = route;
  return {
    prefix: formatPrefix(prefix),
    ...(pathId === undefined ? {} : { pathId }),
    nextHop: formatAddress(nextHop),
    attributes: attributesJson(attributes),
    ...(originValidation && { originValidation }),
    ...(pathValidation && { pathValidation }),
  };
}

/** `192.0.2.0/24 via 10.0.0.1 path 64501 64502 igp med 5 communities 64501:1`; `192.0.2.0/24 #3 via …` where paths are numbered. */
export function routeText(route: ShownRoute): string {
  const { prefix, pathId, nextHop, attributes, originValidation, pathValidation } = routeJson(route);
  const numbered = pathId === undefined ? prefix : `${prefix} #${pathId}`;
  const { originCode, asPath, multiExitDiscriminator, localPreference, ...others } = attributes;
  const parts = [`${numbered} via ${nextHop} path ${pathText(route.attributes.asPath ?? [])}`];
  if (originCode !== undefined) parts.push(String(originCode));
  if (multiExitDiscriminator !== undefined) parts.push(`med ${multiExitDiscriminator}`);
  if (localPreference !== undefined) parts.push(`localpref ${localPreference}`);
  for (const [name, value] of Object.entries(others)) parts.push(`${words(name)} ${textOf(value)}`);
  if (originValidation !== undefined) parts.push(`rpki ${originValidation}`);
  if (pathValidation !== undefined) parts.push(`aspa ${pathValidation}`);
  return parts.join(' ');
}

function pathText(path: readonly AsPathSegment[]): string {
  const segments = path.map(({ kind, asns }) => (kind === 'set' ? `{${asns.join(' ')}}` : asns.join(' ')));
  return segments.length === 0 ? '(empty)' : segments.join(' ');
}

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
