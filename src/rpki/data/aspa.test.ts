import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AspaState, PathDirection } from '../../ip/route-validation.ts';
import { AspaSetBuilder } from './aspa-set.ts';
import { verifyPath } from './aspa-verification.ts';
import { routeValidation } from './rpki-data.ts';
import { VrpSetBuilder } from './vrp-set.ts';

/*
 *        30 ── 40        30 and 40 are lateral peers without providers (AS0)
 *       /        \
 *     20          50     20 → 30, 50 → 40
 *    /              \
 *  10                60  10 → 20, 60 → 50; 70 has no ASPA
 */
const aspas = new AspaSetBuilder();
for (const [customer, providers] of [
  [10, [20]],
  [20, [30]],
  [30, [0]],
  [40, [0]],
  [50, [40]],
  [60, [50]],
] as const) {
  aspas.set(customer, providers);
}

const state = (path: string, direction: PathDirection, neighborAsn?: number): AspaState => {
  const asns = path.split(' ').map(Number);
  return verifyPath(aspas, { path: asns, neighborAsn: neighborAsn ?? (asns[0] as number), direction }).state;
};

test('upstream: from a customer or lateral peer a path may only have gone up', () => {
  assert.equal(state('30 20 10', 'upstream'), 'valid');
  assert.equal(state('30 20 20 20 10 10', 'upstream'), 'valid', 'prepends count once');
  assert.equal(state('10', 'upstream'), 'valid', 'the neighbour is the origin');
  assert.equal(state('40 30 20 10', 'upstream'), 'invalid', '30 has no providers: a leak');
  assert.equal(state('70 20 10', 'upstream'), 'invalid', '20 does not name 70');
  assert.equal(state('20 70', 'upstream'), 'unknown', 'nobody knows what 70 is');
  assert.equal(state('40 70 10', 'upstream'), 'invalid', '10 does not name 70');
});

test('downstream: from a provider a path may go up, cross one summit, and come down', () => {
  assert.equal(state('30 20 10', 'downstream'), 'valid');
  assert.equal(state('60 50 40 30 20 10', 'downstream'), 'valid', 'over the summit, by one lateral hop');
  assert.equal(state('50 40 30 20 10', 'downstream'), 'valid');
  assert.equal(state('40 50', 'downstream'), 'valid');
  assert.equal(state('30 20 10 20 30', 'downstream'), 'invalid', '10 leaked between its providers');
  assert.equal(state('60 50 70 30 20 10', 'downstream'), 'invalid', 'neither 50 nor 30 names 70');
  assert.equal(state('70 80 10', 'downstream'), 'unknown');
  assert.equal(state('70 10', 'downstream'), 'valid', 'two ASes always fit: one summit');
});

test('what no ASPA can mend', () => {
  const verify = (path: readonly number[] | undefined, neighborAsn = 30, fromRouteServer = false) =>
    verifyPath(aspas, { path, neighborAsn, direction: 'upstream', fromRouteServer });
  assert.equal(verify(undefined).reason, 'the path holds an AS_SET');
  assert.equal(verify([]).reason, 'the path is empty');
  assert.equal(verify([30, 20, 10], 31).reason, 'the path begins with AS30, not with the neighbour AS31');
  assert.equal(verify([30, 20, 10], 31, true).state, 'valid', 'a route server leaves its AS out');
  assert.equal(verify([40, 30, 20], 40).reason, 'AS30 does not name AS40 as its provider');
});

test('AS0 names nobody, not even AS0', () => {
  assert.equal(aspas.hop(30, 0), 'not-provider');
  assert.equal(aspas.hop(70, 10), 'no-attestation');
});

/** Valley-free by trying every summit: up to `summit`, at most one hop across, then down; `up` says whether a hop is. */
function climbs(ases: readonly number[], direction: PathDirection, up: (from: number, to: number) => boolean): boolean {
  const hop = (from: number, to: number) => up(ases[from] as number, ases[to] as number);
  const last = ases.length - 1;
  return ases.some((_, summit) => {
    for (let at = 0; at < summit; at++) if (!hop(at, at + 1)) return false;
    if (direction === 'upstream') return summit === last;
    for (let at = last; at > summit + 1; at--) if (!hop(at, at - 1)) return false;
    return true;
  });
}

test('verdicts are those of trying every summit, with unattested hops believed and not', () => {
  const asn = fc.integer({ min: 1, max: 6 });
  const seen = new Map<AspaState, number>();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(asn, fc.array(fc.nat(6), { minLength: 1, maxLength: 3 })), { maxLength: 6, size: 'max' }),
      fc.array(asn, { minLength: 1, maxLength: 6, size: 'max' }),
      fc.constantFrom<PathDirection>('upstream', 'downstream'),
      (records, path, direction) => {
        const set = new AspaSetBuilder();
        for (const [customer, providers] of records) set.set(customer, providers);
        const ases = path.filter((each, index) => each !== path[index - 1]).reverse();
        const surely = climbs(ases, direction, (from, to) => set.hop(from, to) === 'provider');
        const possibly = climbs(ases, direction, (from, to) => set.hop(from, to) !== 'not-provider');
        const expected = surely ? 'valid' : possibly ? 'unknown' : 'invalid';
        seen.set(expected, (seen.get(expected) ?? 0) + 1);
        const verdict = verifyPath(set, { path, neighborAsn: path[0] as number, direction });
        assert.equal(verdict.state, expected);
        assert.notEqual(verdict.reason, '');
      },
    ),
    { numRuns: 3000 },
  );
  for (const each of ['valid', 'unknown', 'invalid'] as const) assert((seen.get(each) ?? 0) > 100, `few are ${each}`);
});

test('the hook of routing policy answers from what is held now, and never "invalid" without data', () => {
  let data: { vrps: VrpSetBuilder; aspas: AspaSetBuilder } | undefined;
  const validation = routeValidation(() => data);
  const prefix = { family: 4, bytes: Uint8Array.of(192, 0, 2, 0), length: 24 } as const;
  assert.equal(validation.originState(prefix, 1), 'not-found');
  assert.equal(validation.aspaState(undefined, 1, 'upstream'), 'unknown');
  data = { vrps: new VrpSetBuilder(), aspas };
  data.vrps.add({ prefix, maxLength: 24, asn: 2 });
  assert.equal(validation.originState(prefix, 1), 'invalid');
  assert.equal(validation.aspaState([40, 30], 40, 'upstream'), 'invalid');
});
