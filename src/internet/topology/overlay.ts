/**
 * What an operator knows better laid over a public topology: their own measured or declared links, which win over what the
 * file says of the same pair.
 */
import type { AsGraph } from './as-graph.ts';
import { AsLinks, linkKind } from './as-links.ts';

export interface Overlay {
  readonly links: AsLinks;
  /** Declared links that the base did not have, and those of which it said otherwise. */
  readonly added: number;
  readonly changed: number;
}

/** The base's links with the declared ones over them. */
export function overlay(base: AsLinks, declared: AsLinks): Overlay {
  const over = declared.columns();
  const places = new Map<string, number>();
  for (let index = 0; index < declared.count; index++) {
    const key = pairOf(over.first[index] as number, over.second[index] as number);
    if (!places.has(key)) places.set(key, index);
  }
  // Only ASes of the overlay can have a pair in it; the others need no key.
  const concerned = new Set([...over.first, ...over.second]);
  const links = new AsLinks();
  const known = new Set<string>();
  let changed = 0;
  const { first, second, kind } = base.columns();
  for (let index = 0; index < base.count; index++) {
    const [a, b, relation] = [first[index] as number, second[index] as number, kind[index] as number];
    const key = concerned.has(a) && concerned.has(b) ? pairOf(a, b) : undefined;
    const place = key === undefined ? undefined : places.get(key);
    if (key === undefined || place === undefined) {
      links.add(a, b, relation === linkKind.lateral ? linkKind.lateral : linkKind.providerToCustomer);
      continue;
    }
    const same = over.kind[place] === relation && (relation === linkKind.lateral || over.first[place] === a);
    if (!same && !known.has(key)) changed++;
    known.add(key);
  }
  for (const place of places.values()) {
    const relation = over.kind[place] === linkKind.lateral ? linkKind.lateral : linkKind.providerToCustomer;
    links.add(over.first[place] as number, over.second[place] as number, relation);
  }
  return { links, added: places.size - known.size, changed };
}

/** The links that a graph was built of, each once. */
export function linksOf({ asns, providers, laterals }: AsGraph): AsLinks {
  const links = new AsLinks();
  for (let number = 0; number < asns.length; number++) {
    const own = asns[number] as number;
    for (const provider of providers.list.subarray(providers.start[number], providers.start[number + 1])) {
      links.add(asns[provider] as number, own, linkKind.providerToCustomer);
    }
    for (const peer of laterals.list.subarray(laterals.start[number], laterals.start[number + 1])) {
      if (peer > number) links.add(own, asns[peer] as number, linkKind.lateral);
    }
  }
  return links;
}

const pairOf = (a: number, b: number): string => (a < b ? `${a}-${b}` : `${b}-${a}`);
