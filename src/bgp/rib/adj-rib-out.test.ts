import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { unicastFamily } from '../message/family/table.ts';
import { AdjRibOut, type Difference, numbered, type OutLimits, type OutPath, type Told } from './adj-rib-out.ts';
import { PrefixTable } from './prefix-table.ts';

const paths = [0, 1, 2].map((med): OutPath => {
  const { nextHop, attributes } = makeRoute({ attributes: { multiExitDiscriminator: med } });
  return { nextHop, attributes };
});
const pathOf = (med: number): OutPath => paths[med] as OutPath;

class Stage {
  readonly table = new PrefixTable(seededRandom(1));
  readonly out: AdjRibOut<OutPath>;
  readonly wishes = new Map<number, Told<OutPath>>();

  constructor(limits: OutLimits = {}) {
    this.out = new AdjRibOut(this.table, limits);
  }

  id(prefix: string): number {
    const parsed = mustPrefix(prefix);
    const id = this.table.intern(parsed, unicastFamily(parsed.family));
    if (this.wishes.get(id) === undefined && this.out.get(id) === undefined) this.table.retain(id); // as the Loc-RIB would
    return id;
  }

  wish(prefix: string, told: Told<OutPath> | undefined): void {
    const id = this.id(prefix);
    if (told === undefined) this.wishes.delete(id);
    else this.wishes.set(id, told);
    this.out.touch([id]);
  }

  flush(): Difference<OutPath> {
    return this.out.flush((id) => this.wishes.get(id));
  }

  /** What goes out together, and what is withdrawn. */
  said(): { announced: string[][]; withdrawn: string[] } {
    const { announced, withdrawn } = this.flush();
    const texts = (ids: readonly number[]): string[] => ids.map((id) => formatPrefix(this.table.prefix(id)));
    return { announced: Array.from(announced.values(), ({ ids }) => texts(ids)), withdrawn: texts(withdrawn.ids) };
  }
}

test('prefixes with the same path go out together', () => {
  const stage = new Stage();
  stage.wish('192.0.2.0/24', pathOf(0));
  stage.wish('203.0.113.0/24', pathOf(1));
  stage.wish('198.51.100.0/24', pathOf(0));
  const { announced, withdrawn } = stage.said();
  assert.deepEqual(announced, [['192.0.2.0/24', '198.51.100.0/24'], ['203.0.113.0/24']]);
  assert.deepEqual(withdrawn, []);
  assert.deepEqual([stage.out.size, stage.out.count('ipv4-unicast')], [3, 3]);
});

test('what says nothing new is not sent, and only what was announced is withdrawn', () => {
  const stage = new Stage();
  stage.wish('192.0.2.0/24', pathOf(0));
  stage.said();
  stage.wish('192.0.2.0/24', structuredClone(pathOf(0)));
  stage.wish('198.51.100.0/24', undefined);
  assert.deepEqual(stage.said(), { announced: [], withdrawn: [] });
  stage.wish('192.0.2.0/24', undefined);
  stage.wish('192.0.2.0/24', undefined);
  assert.deepEqual(stage.said(), { announced: [], withdrawn: ['192.0.2.0/24'] });
  assert.deepEqual(stage.said(), { announced: [], withdrawn: [] });
});

test('a refresh sends all of one family again', () => {
  const stage = new Stage();
  stage.wish('192.0.2.0/24', pathOf(0));
  stage.wish('2001:db8::/48', pathOf(1));
  stage.said();
  stage.out.resend('ipv4-unicast');
  stage.wish('192.0.2.0/24', pathOf(0));
  stage.wish('2001:db8::/48', pathOf(1));
  assert.deepEqual(stage.said().announced, [['192.0.2.0/24']]);
});

test('when the session is over, no prefix is kept', () => {
  const stage = new Stage({ 'ipv4-unicast': 1 });
  const ids = ['192.0.2.0/24', '198.51.100.0/24'].map((prefix) => stage.id(prefix));
  stage.out.touch(ids);
  stage.out.flush(() => pathOf(0));
  assert.deepEqual([stage.out.size, stage.out.withheld], [1, 1]);
  for (const id of ids) stage.table.release(id);
  assert.equal(stage.table.size, 2);
  stage.out.clear();
  assert.equal(stage.table.size, 0);
});

test('whatever changes, with a limit and several paths, the peer knows just what was told, and room is used', () => {
  const change = fc.record({
    prefix: fc.integer({ min: 0, max: 5 }),
    told: fc.oneof(
      fc.constant(undefined),
      fc.nat(2).map(pathOf),
      fc
        .uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
        .chain((ids) => fc.nat(2).map((med) => ids.map((pathId) => ({ pathId, path: pathOf(med) })))),
    ),
  });
  const limits = fc.constantFrom({}, { 'ipv4-unicast': 3 });
  fc.assert(
    fc.property(limits, fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 12 }), (limits, rounds) => {
      const stage = new Stage(limits);
      /** What the peer has heard, by prefix and path. */
      const known = new Map<string, OutPath>();
      for (const round of rounds) {
        for (const { prefix, told } of round) stage.wish(`198.51.${prefix}.0/24`, told);
        const { withdrawn, announced } = stage.flush();
        for (const [index, id] of withdrawn.ids.entries()) {
          assert.ok(known.delete(`${id} ${withdrawn.pathIds[index]}`), 'only what was told is withdrawn');
        }
        for (const [path, { ids, pathIds }] of announced) {
          for (const [index, id] of ids.entries()) {
            const key = `${id} ${pathIds[index]}`;
            assert.notEqual(known.get(key), path, 'nothing is said twice');
            known.set(key, path);
          }
        }
        const told = Array.from(stage.out.ids()).flatMap((id) =>
          numbered(stage.out.get(id) as Told<OutPath>).map(({ path, pathId }) => [`${id} ${pathId}`, path] as const),
        );
        assert.deepEqual(new Map(told), known);
        const limit = limits['ipv4-unicast'] ?? Number.POSITIVE_INFINITY;
        assert.equal(stage.out.size, Math.min(limit, stage.wishes.size));
        assert.equal(stage.out.withheld, Math.max(0, stage.wishes.size - limit));
      }
    }),
  );
});
