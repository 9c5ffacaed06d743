/** What concerns all routes is done in parts: none is left out whatever comes between, and no part is longer than it may be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import type { OriginState } from '../../ip/route-validation.ts';
import { type ScriptedPeer, SpeakerStage } from '../../testing/scripted-peer.ts';
import { acceptAll, rejectAll } from '../policy/common.ts';
import type { Policy } from '../policy/types.ts';

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `10.${(from + index) >>> 8}.${(from + index) & 0xff}.0/24`);

/** Gives the speaker one turn; returns whether it had asked for one. */
function turn(stage: SpeakerStage): boolean {
  const asked = stage.take('continue');
  assert.ok(asked.length <= 1, 'it asks once');
  if (asked.length === 0) return false;
  stage.step({ type: 'continue' });
  return true;
}

function turns(stage: SpeakerStage): number {
  let count = 0;
  while (turn(stage)) count++;
  return count;
}

function accepted(stage: SpeakerStage, peer: string): number | undefined {
  return stage.core.neighbors().find(({ id }) => id === peer)?.acceptedRoutes;
}

function prefixesOf(routes: Iterable<{ readonly prefix: Parameters<typeof formatPrefix>[0] }>): readonly string[] {
  return [...routes].map(({ prefix }) => formatPrefix(prefix)).sort();
}

test('a new import policy works part by part, and other things come in between', () => {
  const stage = new SpeakerStage({ routesOfPart: 10 });
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  a.announce(many(95));
  b.take();
  stage.step({ type: 'set-import-policy', peer: 'a', policy: rejectAll });
  assert.equal(b.takeShort().length, 10);
  a.announce(many(1, 500));
  assert.deepEqual(b.takeShort(), [], 'the new policy holds for what comes now');
  assert.equal(accepted(stage, 'a'), 85);
  a.withdraw(...many(5, 90));
  assert.equal(b.takeShort().length, 5, 'what the peer takes back goes at once');
  let parts = 0;
  while (turn(stage)) {
    parts++;
    assert.ok(b.takeShort().length <= 10);
  }
  assert.ok(parts >= 8 && parts <= 10, `${parts} parts`);
  assert.equal(accepted(stage, 'a'), 0);
});

test('a change in the midst of another goes around from where that one stands', () => {
  const stage = new SpeakerStage({ routesOfPart: 10 });
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  a.announce(many(100));
  stage.step({ type: 'set-import-policy', peer: 'a', policy: rejectAll });
  for (let part = 0; part < 4; part++) turn(stage);
  assert.equal(accepted(stage, 'a'), 50);
  b.take();
  // Changes that come faster than a sweep ends must not keep it from the end of the table.
  for (let value = 1; value <= 12; value++) {
    const actions = [{ type: 'add-communities', values: [value] }] as const;
    const policy: Policy = { terms: [{ name: 'mark', match: {}, actions, verdict: 'accept' }], otherwise: 'reject' };
    stage.step({ type: 'set-import-policy', peer: 'a', policy });
  }
  assert.equal(new Set(b.takeShort()).size, 100, 'each route had its turn');
  assert.ok(turns(stage) <= 10);
  const told = [...stage.core.adjRibOut('b')];
  assert.equal(told.length, 100);
  assert.deepEqual(
    new Set(told.map(({ attributes }) => attributes.communities?.join())),
    new Set(['12']),
    'the last holds',
  );
});

test('who comes hears first what is ours, then the rest part by part, and then that it was all', () => {
  const stage = new SpeakerStage({ routesOfPart: 10 });
  stage.peer('a').announce(many(35));
  stage.step({ type: 'announce', route: { prefix: mustPrefix('192.0.2.0/24'), attributes: {} } });
  const b = stage.idlePeer('b');
  stage.take('continue');
  b.establish();
  const first = b.takeShort().filter((one) => one !== 'open');
  assert.equal(first.length, 11);
  assert.ok(first.includes('+192.0.2.0/24'));
  assert.equal(stage.core.explainExport('b', mustPrefix(many(1, 34)[0] ?? ''))?.verdict, 'announce');
  const rest: string[] = [];
  while (turn(stage)) rest.push(...b.takeShort());
  assert.deepEqual(rest.slice(-2), ['end ipv4-unicast', 'end ipv6-unicast']);
  assert.equal(rest.length, 25 + 2);
});

test('a peer that goes takes what was begun for it along', () => {
  const stage = new SpeakerStage({ routesOfPart: 10 });
  const a = stage.peer('a');
  a.announce(many(50));
  stage.peer('b');
  stage.step({ type: 'remove-peer', peer: 'b' });
  assert.equal(turns(stage), 1);
  stage.step({ type: 'set-import-policy', peer: 'a', policy: rejectAll });
  stage.step({ type: 'reset-peer', peer: 'a' });
  assert.equal(turns(stage), 1, 'nothing is left to look at');
  a.establish();
  a.announce(many(3));
  assert.deepEqual([accepted(stage, 'a'), stage.core.neighbors()[0]?.receivedRoutes], [0, 3]);
});

test('while two policies are mixed, a limit of accepted routes waits for the end', () => {
  // The old policy takes the first half, the new one the second: half way, nearly all are accepted.
  const part = (from: string): Policy => ({
    terms: [{ name: 'part', match: { prefixes: [{ prefix: from, minLength: 24, maxLength: 24 }] }, verdict: 'accept' }],
    otherwise: 'reject',
  });
  const limits = { in: { 'ipv4-unicast': { maximum: 70, counts: 'accepted' } } } as const;
  const stage = new SpeakerStage({ routesOfPart: 16 });
  const a = stage.peer('a', { limits, importPolicy: part('10.0.64.0/18') });
  a.announce(many(64));
  a.announce(many(64, 64));
  stage.step({ type: 'set-import-policy', peer: 'a', policy: part('10.0.0.0/18') });
  for (let count = 0; count < 3; count++) turn(stage);
  assert.equal(accepted(stage, 'a'), 128);
  a.announce(many(1), { multiExitDiscriminator: 1 });
  turns(stage);
  assert.deepEqual([stage.core.sessionPhase('a'), accepted(stage, 'a')], ['established', 64]);
  stage.step({ type: 'set-import-policy', peer: 'a', policy: acceptAll });
  turns(stage);
  assert.equal(stage.core.sessionPhase('a'), 'idle', 'and at the end it counts');
});

test('whatever comes between the parts, the tables end as if nothing had been under way', () => {
  const order = fc.oneof(
    fc.record({ what: fc.constantFrom('announce', 'withdraw'), at: fc.nat(40) }),
    fc.record({
      what: fc.constantFrom('accept', 'reject', 'hide', 'show', 'turn', 'reset', 'validate'),
      at: fc.nat(1),
    }),
  );
  fc.assert(
    fc.property(fc.array(order, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (orders, routesOfPart) => {
      let valid = true;
      const originState = (): OriginState => (valid ? 'valid' : 'invalid');
      const validation = { originState, aspaState: () => 'unknown' as const };
      const stage = new SpeakerStage({ routesOfPart, validation });
      const importPolicy: Policy = {
        terms: [{ name: 'invalid', match: { originValidation: ['invalid'] }, verdict: 'reject' }],
        otherwise: 'accept',
      };
      const a = stage.peer('a', { importPolicy });
      const b: ScriptedPeer = stage.peer('b');
      const held = new Set<string>();
      let [taken, shown] = [true, true];
      const act: Record<string, (prefix: string) => void> = {
        announce(prefix) {
          a.announce([prefix]);
          held.add(prefix);
        },
        withdraw(prefix) {
          a.withdraw(prefix);
          held.delete(prefix);
        },
        accept() {
          taken = true;
          stage.step({ type: 'set-import-policy', peer: 'a', policy: importPolicy });
        },
        reject() {
          taken = false;
          stage.step({ type: 'set-import-policy', peer: 'a', policy: rejectAll });
        },
        hide() {
          shown = false;
          stage.step({ type: 'set-export-policy', peer: 'b', policy: rejectAll });
        },
        show() {
          shown = true;
          stage.step({ type: 'set-export-policy', peer: 'b', policy: acceptAll });
        },
        turn: () => void turn(stage),
        validate() {
          valid = !valid;
          stage.step({ type: 'validation-changed' });
        },
        reset() {
          stage.step({ type: 'reset-peer', peer: 'a' });
          held.clear();
          a.establish();
        },
      };
      for (const { what, at } of orders) act[what]?.(many(1, at)[0] as string);
      turns(stage);
      const best = taken && valid ? [...held].sort() : [];
      assert.deepEqual(prefixesOf(stage.core.bestRoutes()), best);
      assert.deepEqual(prefixesOf(stage.core.adjRibOut('b')), shown ? best : []);
      const heard = new Set<string>();
      for (const one of b.takeShort()) {
        if (one.startsWith('+')) heard.add(one.slice(1));
        if (one.startsWith('-')) heard.delete(one.slice(1));
      }
      assert.deepEqual([...heard].sort(), shown ? best : [], 'the peer has heard the same');
    }),
    { numRuns: 150 },
  );
});
