/**
 * Follows the routers' Loc-RIBs hop by hop, as a packet would: the next router is the peer from which each router's best
 * route was learned. So a changed route moves the next connection, and a loop or a hole shows as what it is.
 */
import type { Route } from '../bgp/rib/types.ts';
import type { Address } from '../ip/address.ts';

/** What stands behind one of a router's peerings. */
export type Adjacency =
  | { readonly kind: 'network'; readonly asn: number; readonly delayMs: number }
  | { readonly kind: 'pop'; readonly pop: string; readonly delayMs: number };

export interface RouterView {
  /** The longest match in the router's Loc-RIB. */
  readonly lookup: (address: Address) => Route | undefined;
  /** By the peer's id. */
  readonly adjacencies: ReadonlyMap<string, Adjacency>;
}

export type ForwardingPath =
  | {
      readonly reached: true;
      readonly pop: string;
      /** As BGP shows it at the first router: its own ASN, then the route's AS path with any prepends. */
      readonly asPath: readonly number[];
      /** The networks that a packet crosses. */
      readonly crossed: readonly number[];
      /** One way. */
      readonly delayMs: number;
    }
  | { readonly reached: false; readonly why: 'no-route' | 'loop'; readonly crossed: readonly number[] };

export function forwardingPath(
  routers: ReadonlyMap<number, RouterView>,
  from: number,
  address: Address,
): ForwardingPath {
  const crossed: number[] = [];
  let asPath: readonly number[] = [];
  let delayMs = 0;
  for (let asn = from; ; ) {
    if (crossed.includes(asn)) return { reached: false, why: 'loop', crossed: [...crossed, asn] };
    crossed.push(asn);
    const router = routers.get(asn);
    const route = router?.lookup(address);
    if (crossed.length === 1) {
      asPath = [asn, ...(route?.attributes.asPath ?? []).flatMap((segment) => segment.asns)];
    }
    const next = route === undefined ? undefined : router?.adjacencies.get(route.source.peer);
    if (next === undefined) return { reached: false, why: 'no-route', crossed };
    delayMs += next.delayMs;
    if (next.kind === 'pop') return { reached: true, pop: next.pop, asPath, crossed, delayMs };
    asn = next.asn;
  }
}
