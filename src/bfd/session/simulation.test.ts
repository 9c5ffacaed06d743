/**
 * Two sessions over a link that loses, delays, reorders and repeats packets, in virtual time, with timers changed and sides held
 * down on the way. After quiet both agree: up, the pace that both want, no poll left running. A failure prints its seed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Random, seededRandom } from '../../base/random.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { decodePacket } from '../packet/codec.ts';
import type { AuthenticationType } from '../packet/types.ts';
import type { BfdTimers } from '../types.ts';
import { Session } from './session.ts';
import type { SessionEvent } from './types.ts';

interface Weather {
  loss: number;
  maximumDelayMs: number;
  repeat: number;
}

class Side {
  readonly session: Session;
  readonly #clock: ManualClock;
  readonly #random: Random;
  readonly #weather: Weather;
  peer: Side | undefined;
  timers: BfdTimers;
  #cancel: () => void = () => {};
  ups = 0;
  downs = 0;

  constructor(discriminator: number, timers: BfdTimers, type: AuthenticationType | undefined, world: World) {
    this.#clock = world.clock;
    this.#random = world.random;
    this.#weather = world.weather;
    this.timers = timers;
    const authentication = type && ({ type, keys: [{ id: 1, secret: 'key' }] } as const);
    const identity = { discriminator, timers, ...(authentication === undefined ? {} : { authentication }) };
    this.session = new Session(identity, world.clock.now(), world.random);
    this.#arm();
  }

  step(event: SessionEvent): void {
    for (const effect of this.session.step(event, this.#clock.now())) {
      if (effect.type === 'send') {
        this.#carry(effect.bytes);
        if (this.#random.next() < this.#weather.repeat) this.#carry(effect.bytes);
      } else if (effect.type === 'changed') {
        if (effect.to === 'up') this.ups++;
        if (effect.from === 'up') this.downs++;
      }
    }
    this.#arm();
  }

  #carry(bytes: Uint8Array): void {
    if (this.#random.next() < this.#weather.loss) return;
    this.#clock.after(this.#random.next() * this.#weather.maximumDelayMs, () => {
      const decoded = decodePacket(bytes);
      assert.ok(decoded.ok);
      const { yourDiscriminator } = decoded.packet;
      if (yourDiscriminator !== 0 && yourDiscriminator !== this.peer?.session.discriminator) return;
      this.peer?.step({ type: 'received', packet: decoded.packet, bytes });
    });
  }

  #woken(): void {
    this.step({ type: 'wake' });
    this.step({ type: 'silence' });
  }

  #arm(): void {
    this.#cancel();
    const at = this.session.wakeAt();
    if (at !== undefined) this.#cancel = this.#clock.after(at - this.#clock.now(), () => this.#woken());
  }
}

interface World {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly weather: Weather;
}

const interval = fc.constantFrom(10, 25, 50, 300, 1500);
const arbitraryTimers = fc.record({
  desiredMinTxMs: interval,
  requiredMinRxMs: interval,
  detectMultiplier: fc.integer({ min: 2, max: 5 }),
});
const trouble = fc.array(
  fc.record({
    side: fc.constantFrom(0, 1),
    afterMs: fc.integer({ min: 0, max: 4000 }),
    what: fc.oneof(
      arbitraryTimers.map((timers) => ({ type: 'set-timers' as const, timers })),
      fc.boolean().map((down) => ({ type: 'administrative' as const, down })),
    ),
  }),
  { maxLength: 12 },
);
const arbitraryRun = fc.record({
  seed: fc.integer(),
  timers: fc.tuple(arbitraryTimers, arbitraryTimers),
  authentication: fc.constantFrom(undefined, 'keyed-sha1' as const, 'meticulous-keyed-md5' as const),
  weather: fc.record({
    loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
    maximumDelayMs: fc.integer({ min: 0, max: 400 }),
    repeat: fc.double({ min: 0, max: 0.3, noNaN: true }),
  }),
  trouble,
});

/** A world with two sides, after a troubled time and then `quietMs` of good weather with both sides free. */
function run(input: typeof arbitraryRun extends fc.Arbitrary<infer T> ? T : never, quietMs: number) {
  const world: World = { clock: new ManualClock(), random: seededRandom(input.seed), weather: { ...input.weather } };
  const a = new Side(11, input.timers[0], input.authentication, world);
  const b = new Side(22, input.timers[1], input.authentication, world);
  a.peer = b;
  b.peer = a;
  for (const { side, afterMs, what } of input.trouble) {
    world.clock.advance(afterMs);
    const target = side === 0 ? a : b;
    if (what.type === 'set-timers') target.timers = what.timers;
    target.step(what);
  }
  Object.assign(world.weather, { loss: 0, repeat: 0, maximumDelayMs: 1 });
  for (const side of [a, b]) side.step({ type: 'administrative', down: false });
  world.clock.advance(quietMs);
  return { ...world, a, b };
}

test('after quiet both sides are up, and use what both want', () => {
  fc.assert(
    fc.property(arbitraryRun, (input) => {
      const { a, b } = run(input, 40_000);
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const facts = one.session.facts();
        assert.equal(facts.state, 'up');
        assert.equal(facts.remoteState, 'up');
        assert.equal(facts.remoteDiscriminator, other.session.discriminator);
        const [mine, theirs] = [one.timers, other.timers];
        assert.equal(facts.transmitIntervalMs, Math.max(mine.desiredMinTxMs, theirs.requiredMinRxMs));
        const pace = Math.max(mine.requiredMinRxMs, theirs.desiredMinTxMs);
        assert.equal(facts.detectionTimeMs, theirs.detectMultiplier * pace);
      }
    }),
    { numRuns: 300 },
  );
});

test('in good weather a session that is up stays up, whatever its timers are changed to', () => {
  fc.assert(
    fc.property(
      arbitraryRun,
      fc.array(fc.tuple(arbitraryTimers, arbitraryTimers), { maxLength: 4 }),
      (input, later) => {
        const { a, b, clock } = run(input, 40_000);
        const downs = a.downs + b.downs;
        for (const [forA, forB] of later) {
          a.step({ type: 'set-timers', timers: forA });
          b.step({ type: 'set-timers', timers: forB });
          clock.advance(2_000);
        }
        assert.equal(a.downs + b.downs, downs);
      },
    ),
    { numRuns: 200 },
  );
});

test('a link that goes silent is noticed by both within the detection time', () => {
  fc.assert(
    fc.property(arbitraryRun, (input) => {
      const { a, b, clock, weather } = run(input, 40_000);
      const limits = [a, b].map((side) => side.session.facts().detectionTimeMs as number);
      weather.loss = 1;
      clock.advance(Math.max(...limits) + 2);
      assert.deepEqual([a.session.state, b.session.state], ['down', 'down']);
    }),
    { numRuns: 100 },
  );
});
