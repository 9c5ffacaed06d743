/**
 * Adj-RIB-Out: what one peer has been told, and the prefixes for which that may no longer be right (RFC 4271 §3.2).
 *
 * Why state and difference, not a queue of updates: whatever happened in between, comparing what the peer knows with what
 * it should know gives the fewest messages. A duplicate is never sent, and only what was announced is withdrawn
 * (RFC 4271 §9.2 asks for no redundant updates). The state is kept until the session ends, because the peer then forgets all.
 * Most peers are told one path a prefix; one that takes several (RFC 7911) is told a list, each path with its number.
 */
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, Nlri, UpdateMessage } from '../message/types.ts';
import { attributesKey, saySame } from './attributes-key.ts';
import type { AdvertisedRoute, RibObserver } from './types.ts';

type Paths = readonly AdvertisedRoute[];

/** How many prefixes of each family the peer may be told at most; absent: any number. */
export type OutLimits = Readonly<Partial<Record<AddressFamily, number>>>;

export type OutChange = Parameters<RibObserver['told']>[1];

export class AdjRibOut {
  readonly #limits: OutLimits;
  readonly #observe: ((change: OutChange) => void) | undefined;
  readonly #told = new Map<string, Paths>();
  readonly #prefixes: Record<AddressFamily, number> = { 'ipv4-unicast': 0, 'ipv6-unicast': 0 };
  #dirty = new Map<string, { readonly prefix: Prefix; readonly resend: boolean }>();
  /** What the limit kept back, to be looked at again when there is room. */
  readonly #withheld = new Map<string, Prefix>();

  constructor(limits: OutLimits = {}, observe?: (change: OutChange) => void) {
    this.#limits = limits;
    this.#observe = observe;
  }

  /** How many prefixes the peer has been told. */
  get size(): number {
    return this.#told.size;
  }

  /** How many prefixes the limit keeps back. */
  get withheld(): number {
    return this.#withheld.size;
  }

  /** The first of its paths; `undefined` where the peer has not been told of it. */
  get(prefix: Prefix): AdvertisedRoute | undefined {
    return this.#told.get(formatPrefix(prefix))?.[0];
  }

  isWithheld(prefix: Prefix): boolean {
    return this.#withheld.has(formatPrefix(prefix));
  }

  *routes(): Generator<AdvertisedRoute> {
    for (const paths of this.#told.values()) yield* paths;
  }

  count(family: AddressFamily): number {
    return this.#prefixes[family];
  }

  /** What the peer should know of this prefix may have changed. */
  touch(prefix: Prefix): void {
    const key = formatPrefix(prefix);
    if (!this.#dirty.has(key)) this.#dirty.set(key, { prefix, resend: false });
  }

  /** The peer asked to hear everything of this family again (RFC 2918 §4). */
  resend(family: AddressFamily): void {
    for (const [key, paths] of this.#told) {
      const { prefix } = paths[0] as AdvertisedRoute;
      if (unicastFamily(prefix.family) === family) this.#dirty.set(key, { prefix, resend: true });
    }
  }

  /** It could not be said after all: the peer has not been told of this path. */
  forget(nlri: Nlri): void {
    const key = formatPrefix(nlri);
    const left = (this.#told.get(key) ?? []).filter(({ pathId }) => pathId !== nlri.pathId);
    this.#put(key, nlri, left);
    this.#observe?.({ nlri });
  }

  /**
   * The messages that bring the peer to what `wanted` says of each touched prefix (no paths: nothing), withdrawals first.
   * Takes them as told.
   */
  flush(wanted: (prefix: Prefix) => Paths): readonly UpdateMessage[] {
    if (this.#dirty.size === 0) return [];
    const withdrawn: Nlri[] = [];
    const announced: AdvertisedRoute[] = [];
    const fresh: { readonly key: string; readonly prefix: Prefix; readonly after: Paths }[] = [];
    for (const [key, { prefix, resend }] of this.#dirty) {
      const before = this.#told.get(key) ?? [];
      const after = wanted(prefix);
      this.#withheld.delete(key);
      if (before.length === 0 && after.length > 0) {
        fresh.push({ key, prefix, after });
        continue;
      }
      for (const path of before) if (!after.some((other) => other.pathId === path.pathId)) withdrawn.push(nlri(path));
      for (const path of after) {
        const known = before.find((other) => other.pathId === path.pathId);
        if (resend || known === undefined || !saySame(known, path)) announced.push(path);
      }
      this.#put(key, prefix, after);
    }
    this.#dirty = new Map();
    // What is new comes last: what goes makes room for it.
    for (const { key, prefix, after } of fresh) this.#admit(key, prefix, after, announced);
    for (const [key, prefix] of this.#withheld) {
      if (this.#isFull(prefix)) continue;
      this.#withheld.delete(key);
      this.#admit(key, prefix, wanted(prefix), announced);
    }
    if (this.#observe !== undefined) {
      for (const gone of withdrawn) this.#observe({ nlri: gone });
      for (const after of announced) this.#observe({ nlri: nlri(after), after });
    }
    return [...packWithdrawn(withdrawn), ...packAnnounced(announced)];
  }

  #admit(key: string, prefix: Prefix, after: Paths, announced: AdvertisedRoute[]): void {
    if (after.length === 0) return;
    if (this.#isFull(prefix)) {
      this.#withheld.set(key, prefix);
      return;
    }
    announced.push(...after);
    this.#put(key, prefix, after);
  }

  #isFull(prefix: Prefix): boolean {
    const family = unicastFamily(prefix.family);
    const limit = this.#limits[family];
    return limit !== undefined && this.#prefixes[family] >= limit;
  }

  #put(key: string, prefix: Prefix, paths: Paths): void {
    const family = unicastFamily(prefix.family);
    if (this.#told.delete(key)) this.#prefixes[family]--;
    if (paths.length === 0) return;
    this.#told.set(key, paths);
    this.#prefixes[family]++;
  }
}

function nlri({ prefix, pathId }: AdvertisedRoute): Nlri {
  return pathId === undefined ? prefix : { ...prefix, pathId };
}

/** One UPDATE a family. Where it is too long for a message, the codec splits it. */
function packWithdrawn(prefixes: readonly Nlri[]): readonly UpdateMessage[] {
  const groups = Map.groupBy(prefixes, (prefix) => prefix.family).values();
  return Array.from(groups, (withdrawn) => ({ type: 'update', withdrawn, reach: [], attributes: {}, errors: [] }));
}

/** One UPDATE for all prefixes of a family that share next hop and attributes. */
function packAnnounced(routes: Paths): readonly UpdateMessage[] {
  const groups = Map.groupBy(routes, (route) =>
    [unicastFamily(route.prefix.family), formatAddress(route.nextHop), attributesKey(route.attributes)].join(' '),
  );
  return Array.from(groups.values(), (group) => {
    const { prefix, nextHop, attributes } = group[0] as AdvertisedRoute;
    const reach = { family: unicastFamily(prefix.family), nextHop, prefixes: group.map(nlri) };
    return { type: 'update', withdrawn: [], reach: [reach], attributes, errors: [] };
  });
}
