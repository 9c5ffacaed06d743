/**
 * Equal parts of an AS's users for each of its best routes, as far as the PoPs where they end.
 *
 * The same rule as the tie rule `shares` of the ruled engine: routes heard from us ourselves come first, else each neighbour
 * that offers one gets an equal part, and passes it on by its own shares. A large network enters by thousands of groups but
 * by few different sets of PoPs, and users can tell no more than those: so shares are kept by set of PoPs.
 */
import { type CatchmentInput, nearestOfGroups } from './catchment.ts';
import type { PopShares } from './split.ts';
import type { TiedRoutes } from './tied.ts';

export function tiedShares(
  tied: TiedRoutes,
  { world, deployment, distances }: Pick<CatchmentInput, 'world' | 'deployment' | 'distances'>,
): (number: number, cell: number) => PopShares | undefined {
  const kindOf = new Map<string, number>();
  const firstOfKind: number[] = [];
  const kinds = deployment.groups.map(({ pops }, group) => {
    const key = pops.join();
    const kind = kindOf.get(key) ?? firstOfKind.push(group) - 1;
    kindOf.set(key, kind);
    return kind;
  });
  const shares = sharesByKind(tied, kinds, firstOfKind.length);
  const nearestOf = nearestOfGroups(deployment, world.places.length, distances);
  const nearest = firstOfKind.map((group) => nearestOf([group]));
  const width = firstOfKind.length;
  // Cells come AS by AS: what is used of an AS is looked up once.
  let [last, used]: [number, readonly number[]] = [-1, []];
  return (number, cell) => {
    if (number !== last) {
      last = number;
      used = nearest.flatMap((_, kind) => (shares[number * width + kind] === 0 ? [] : [kind]));
    }
    // With one kind, or none, the catchment says it all.
    if (used.length < 2) return undefined;
    const place = world.cellPlace[cell] as number;
    const parts: [pop: number, share: number][] = [];
    for (const kind of used) {
      const pop = nearest[kind]?.[place] as number;
      const share = shares[number * width + kind] as number;
      const known = parts.find(([other]) => other === pop);
      if (known === undefined) parts.push([pop, share]);
      else known[1] += share;
    }
    return parts.sort(([x], [y]) => x - y);
  };
}

/** Of the AS of number `n` and kind `k` at `n * width + k`. `kinds`: by group. */
export function sharesByKind(tied: TiedRoutes, kinds: readonly number[], width: number): Float32Array {
  const shares = new Float32Array(tied.setOf.length * width);
  for (const number of tied.order) {
    const base = number * width;
    const add = (kind: number, share: number): void => {
      shares[base + kind] = (shares[base + kind] as number) + share;
    };
    const own = tied.ownOf(number);
    for (const group of own) add(kinds[group] as number, 1 / own.length);
    if (own.length > 0) continue;
    const tellers: number[] = [];
    tied.eachOffer(number, (from) => {
      if (tied.toldTo(from, number).length > 0) tellers.push(from);
    });
    for (const from of tellers) {
      const told = tied.toldTo(from, number);
      const whole = told.length === tied.groupsOf(from).length;
      // Of a neighbour that keeps some of its routes to itself, those that it tells share alike.
      if (!whole) for (const group of told) add(kinds[group] as number, 1 / (told.length * tellers.length));
      else for (let kind = 0; kind < width; kind++) add(kind, (shares[from * width + kind] as number) / tellers.length);
    }
  }
  return shares;
}
