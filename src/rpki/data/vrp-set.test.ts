import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { formatPrefix, mustPrefix, type Prefix, prefixCovers, prefixOf } from '../../ip/prefix.ts';
import type { OriginState } from '../../ip/route-validation.ts';
import type { Vrp } from '../pdu/types.ts';
import { anyAsn, anyPrefix, anyVrp } from './arbitrary.vectors.ts';
import { validateOrigin } from './origin-validation.ts';
import { VrpSetBuilder } from './vrp-set.ts';

const text = ({ prefix, maxLength, asn }: Vrp): string => `${formatPrefix(prefix)}-${maxLength} ${asn}`;
const texts = (vrps: Iterable<Vrp>): string[] => [...vrps].map(text).sort();

/** The words of RFC 6811 §2, one by one, over a plain list. */
function oracle(vrps: Iterable<Vrp>, route: Prefix, originAsn: number | undefined): OriginState {
  const covered = [...vrps].filter((vrp) => prefixCovers(vrp.prefix, route));
  if (covered.length === 0) return 'not-found';
  const matched = covered.some((vrp) => vrp.asn !== 0 && vrp.asn === originAsn && route.length <= vrp.maxLength);
  return matched ? 'valid' : 'invalid';
}

test('the set holds what a map would, through adding, deleting and copying', () => {
  const operation = fc.tuple(fc.constantFrom('add', 'add', 'delete', 'copy'), anyVrp);
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
      let set = new VrpSetBuilder();
      const model = new Map<string, Vrp>();
      const frozen: { set: VrpSetBuilder; was: string[] }[] = [];
      for (const [kind, vrp] of operations) {
        if (kind === 'copy') {
          frozen.push({ set, was: texts(model.values()) });
          set = set.edit();
        } else if (kind === 'add') {
          assert.equal(set.add(vrp), !model.has(text(vrp)));
          model.set(text(vrp), vrp);
        } else {
          assert.equal(set.delete(vrp), model.delete(text(vrp)));
        }
        assert.equal(set.size, model.size);
        assert.equal(set.has(vrp), model.has(text(vrp)));
      }
      assert.deepEqual(texts(set.entries()), texts(model.values()));
      for (const old of frozen) {
        assert.deepEqual(texts(old.set.entries()), old.was);
        // Found by look-up, too, not by going through the rows alone.
        for (const [, vrp] of operations) assert.equal(old.set.has(vrp), old.was.includes(text(vrp)));
      }
    }),
    { numRuns: 200 },
  );
});

test('origin validation and the covering VRPs are those of brute force', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(anyVrp, { maxLength: 60, size: 'max' }),
      fc.array(fc.tuple(anyPrefix, fc.option(anyAsn, { nil: undefined })), { maxLength: 20, size: 'max' }),
      (vrps, routes) => {
        const set = new VrpSetBuilder();
        const distinct = new Map(vrps.map((vrp) => [text(vrp), vrp]));
        for (const vrp of vrps) set.add(vrp);
        // Routes of their own, and such that a VRP's prefix covers or just misses.
        const near = vrps.map((vrp, index): [Prefix, number] => [
          prefixOf(vrp.prefix, Math.max(0, Math.min(vrp.prefix.bytes.length * 8, vrp.maxLength + (index % 3) - 1))),
          vrp.asn,
        ]);
        for (const [route, asn] of [...routes, ...near]) {
          const expected = oracle(distinct.values(), route, asn);
          seen.set(expected, (seen.get(expected) ?? 0) + 1);
          assert.equal(set.originState(route, asn), expected);
          const verdict = validateOrigin(set, route, asn);
          assert.equal(verdict.state, expected);
          const covering = [...distinct.values()].filter((vrp) => prefixCovers(vrp.prefix, route));
          assert.deepEqual(texts(verdict.covering), texts(covering));
          const matches = verdict.covering.some(({ objections }) => objections.length === 0);
          assert.equal(matches, expected === 'valid');
          assert.notEqual(verdict.reason, '');
        }
      },
    ),
    { numRuns: 300 },
  );
  for (const state of ['valid', 'invalid', 'not-found']) assert((seen.get(state) ?? 0) > 100, `few are ${state}`);
});

test('thousands of VRPs of random addresses: brute force again, with long chains and much growth', () => {
  const random = seededRandom(7);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256));
  const vrps = Array.from({ length: 4000 }, (_, index): Vrp => {
    const prefix =
      index % 3 === 0
        ? prefixOf({ family: 6, bytes: Uint8Array.from([0x20, 1, ...bytes(14)]) }, 16 + random.below(33))
        : prefixOf({ family: 4, bytes: bytes(4) }, 4 + random.below(21));
    return { prefix, maxLength: prefix.length + random.below(4), asn: random.below(5) };
  });
  let set = new VrpSetBuilder();
  for (const vrp of vrps) set.add(vrp);
  const gone = vrps.filter((_, index) => index % 2 === 0);
  set = set.edit();
  for (const vrp of gone) set.delete(vrp);
  const left = new Map([...set.entries()].map((vrp) => [text(vrp), vrp]));
  assert(left.size > 1500 && left.size < 2500);
  for (let round = 0; round < 1000; round++) {
    const { prefix } = vrps[random.below(vrps.length)] as Vrp;
    const route = prefixOf(prefix, prefix.length + random.below(8));
    const asn = random.below(5);
    assert.equal(set.originState(route, asn), oracle(left.values(), route, asn));
  }
});

test('the reasons', () => {
  const set = new VrpSetBuilder();
  const add = (prefix: string, maxLength: number, asn: number) =>
    set.add({ prefix: mustPrefix(prefix), maxLength, asn });
  add('192.0.2.0/24', 25, 64500);
  add('192.0.0.0/16', 16, 64501);
  add('198.51.100.0/24', 24, 0);
  const reason = (prefix: string, asn?: number) => {
    const { state, reason: why } = validateOrigin(set, mustPrefix(prefix), asn);
    return `${state}: ${why}`;
  };
  assert.equal(reason('192.0.2.0/25', 64500), 'valid: a ROA lets AS64500 announce 192.0.2.0/24 up to /25');
  assert.equal(
    reason('192.0.2.0/26', 64500),
    'invalid: the ROA of AS64500 for 192.0.2.0/24 ends at /25; the route is a /26',
  );
  assert.equal(
    reason('192.0.2.0/24', 64502),
    'invalid: ROAs cover 192.0.2.0/24, and none names AS64502: they name AS64501, AS64500',
  );
  assert.equal(
    reason('192.0.2.0/24'),
    'invalid: ROAs cover 192.0.2.0/24, and none names a route without one origin AS: they name AS64501, AS64500',
  );
  assert.equal(
    reason('198.51.100.0/24', 64500),
    'invalid: a ROA for AS0 says that nobody may announce 198.51.100.0/24',
  );
  assert.equal(reason('198.51.100.0/24', 0), 'invalid: a ROA for AS0 says that nobody may announce 198.51.100.0/24');
  assert.equal(reason('203.0.113.0/24', 64500), 'not-found: no ROA covers 203.0.113.0/24');
  assert.equal(reason('192.0.0.0/15', 64501), 'not-found: no ROA covers 192.0.0.0/15', 'less specific than every ROA');
});
