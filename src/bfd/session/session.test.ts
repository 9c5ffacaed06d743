/** The session machine: every cell of its table, and its times one by one, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../../base/random.ts';
import { decodePacket, encodePacket } from '../packet/codec.ts';
import { type ControlPacket, type SessionState, sessionStates } from '../packet/types.ts';
import { Session, type SessionIdentity } from './session.ts';
import { transition } from './transition.ts';
import type { SessionEffect } from './types.ts';

test('every cell of the state machine (RFC 5880 §6.2, §6.8.6)', () => {
  //           received: admin-down       down              init          up
  const table: Record<SessionState, readonly (string | undefined)[]> = {
    'admin-down': [undefined, undefined, undefined, undefined],
    down: [undefined, 'init 0', 'up 0', undefined],
    init: ['down 3', undefined, 'up 0', 'up 0'],
    up: ['down 3', 'down 3', undefined, undefined],
  };
  for (const local of sessionStates) {
    const row = sessionStates.map((received) => {
      const next = transition(local, received);
      return next === undefined ? undefined : `${next.state} ${next.diagnostic}`;
    });
    assert.deepEqual(row, table[local], local);
  }
});

const timers = { desiredMinTxMs: 50, requiredMinRxMs: 40, detectMultiplier: 3 };
/** No jitter: the whole interval. */
const steady: Random = { next: () => 1 - Number.EPSILON, below: (below) => below - 1 };

const fromPeer: ControlPacket = {
  diagnostic: 0,
  state: 'down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 5,
  myDiscriminator: 77,
  yourDiscriminator: 1,
  desiredMinTxUs: 20_000,
  requiredMinRxUs: 60_000,
  requiredMinEchoRxUs: 0,
};

/** A session with the packets it sends, read, and its state changes. */
function started(identity: Partial<SessionIdentity> = {}, random: Random = steady) {
  const session = new Session({ discriminator: 1, timers, ...identity }, 0, random);
  const sent: ControlPacket[] = [];
  const changes: string[] = [];
  let now = 0;
  const take = (effects: readonly SessionEffect[]) => {
    for (const effect of effects) {
      if (effect.type === 'send') {
        const decoded = decodePacket(effect.bytes);
        assert.ok(decoded.ok);
        sent.push(decoded.packet);
      } else if (effect.type === 'changed') changes.push(`${effect.from} → ${effect.to} ${effect.diagnostic}`);
    }
  };
  return {
    session,
    sent,
    changes,
    receive(change: Partial<ControlPacket>) {
      const packet = { ...fromPeer, ...change };
      take(session.step({ type: 'received', packet, bytes: encodePacket(packet) }, now));
    },
    tell: (event: Parameters<Session['step']>[0]) => take(session.step(event, now)),
    /** Lets time pass up to `until`, waking the session whenever it wants. */
    pass(until: number) {
      for (let at = session.wakeAt(); at !== undefined && at <= until; at = session.wakeAt()) {
        now = Math.max(now, at);
        take(session.step({ type: 'wake' }, now));
        take(session.step({ type: 'silence' }, now));
      }
      now = until;
    },
    /** What is sent in the next `ms`. */
    during(ms: number) {
      sent.length = 0;
      this.pass(now + ms);
      return sent;
    },
    up() {
      this.receive({});
      this.receive({ state: 'up' });
      this.receive({ state: 'up', final: true });
      sent.length = 0;
      return this;
    },
  };
}

test('slow until up: one packet a second, and it says so', () => {
  const one = started();
  assert.equal(one.during(3_500).length, 3);
  assert.deepEqual(
    one.sent.map(({ state, desiredMinTxUs, yourDiscriminator }) => [state, desiredMinTxUs, yourDiscriminator]),
    new Array(3).fill(['down', 1_000_000, 0]),
  );
});

test('the way up: Down, Init, Up with a poll; the faster pace at once, limited by what the peer can take', () => {
  const one = started();
  one.receive({ yourDiscriminator: 0 });
  one.receive({ state: 'up' });
  assert.deepEqual(one.changes, ['down → init 0', 'init → up 0']);
  assert.deepEqual(
    one.sent.map(({ state, poll, yourDiscriminator, desiredMinTxUs }) => [
      state,
      poll,
      yourDiscriminator,
      desiredMinTxUs,
    ]),
    [
      ['init', false, 77, 1_000_000],
      ['up', true, 77, 50_000],
    ],
  );
  assert.equal(one.session.facts().transmitIntervalMs, 60);
  one.receive({ state: 'up', final: true });
  assert.equal(one.during(61)[0]?.poll, false, 'the final bit ends the poll');
});

test('jitter is 0 to 25%, and 10 to 25% where the multiplier is 1', () => {
  for (const [detectMultiplier, least, most] of [
    [3, 750, 1000],
    [1, 750, 900],
  ] as const) {
    const one = started({ timers: { ...timers, detectMultiplier } }, seededRandom(4));
    const waits: number[] = [];
    for (let at = 0, count = 0; count < 500; count++) {
      const next = one.session.wakeAt() as number;
      waits.push(next - at);
      at = next;
      one.pass(at);
    }
    assert.ok(
      Math.min(...waits) >= least && Math.max(...waits) <= most + 1e-6,
      `${Math.min(...waits)} ${Math.max(...waits)}`,
    );
    assert.ok(Math.min(...waits) < least + 20 && Math.max(...waits) > most - 20, 'and uses the whole range');
  }
});

test('the detection time is the peer’s multiplier × the slower of its pace and ours', () => {
  const one = started().up();
  assert.equal(one.session.facts().detectionTimeMs, 5 * 40);
  one.receive({ state: 'up', desiredMinTxUs: 100_000 });
  assert.equal(one.session.facts().detectionTimeMs, 5 * 100);
  one.changes.length = 0;
  one.pass(499);
  assert.deepEqual(one.changes, []);
  one.pass(500);
  assert.deepEqual(one.changes, ['up → down 1']);
  const last = one.sent.at(-1);
  assert.deepEqual(
    [last?.state, last?.diagnostic, last?.yourDiscriminator, last?.desiredMinTxUs],
    ['down', 1, 0, 1_000_000],
  );
});

test('in Init, too, silence leads to Down; in Down it makes us forget the discriminator', () => {
  const one = started();
  one.receive({});
  one.pass(200);
  assert.deepEqual(one.changes, ['down → init 0', 'init → down 1']);
  one.receive({ state: 'up' });
  assert.equal(one.session.facts().remoteDiscriminator, 77);
  one.pass(401);
  assert.equal(one.session.facts().remoteDiscriminator, 0);
});

test('a peer that says Down or AdminDown takes us down, and AdminDown holds us there', () => {
  for (const state of ['down', 'admin-down'] as const) {
    const one = started().up();
    one.receive({ state, diagnostic: 1 });
    assert.equal(one.changes.at(-1), 'up → down 3');
    one.receive({ state });
    assert.equal(one.session.state, state === 'down' ? 'init' : 'down');
  }
});

test('a poll is answered at once with the final bit alone, in every state but AdminDown', () => {
  const one = started().up();
  one.receive({ state: 'up', poll: true });
  assert.deepEqual([one.sent[0]?.final, one.sent[0]?.poll, one.sent.length], [true, false, 1]);
  one.tell({ type: 'administrative', down: true });
  one.sent.length = 0;
  one.receive({ state: 'up', poll: true });
  assert.deepEqual(one.sent, []);
});

test('required min RX 0 of the peer: no periodic packets, but answers', () => {
  const one = started().up();
  one.receive({ state: 'up', requiredMinRxUs: 0 });
  assert.equal(one.session.facts().transmitIntervalMs, undefined);
  assert.deepEqual(one.during(100), []);
  one.receive({ state: 'up', requiredMinRxUs: 0, poll: true });
  assert.equal(one.sent.length, 1);
  one.receive({ state: 'up' });
  assert.equal(one.during(61).length, 2, 'and they begin again, at once, since the last was long ago');
});

test('a peer in demand mode hears nothing but polls and answers', () => {
  const one = started().up();
  one.receive({ state: 'up', demand: true });
  assert.deepEqual(one.during(150), []);
  one.receive({ state: 'up', demand: true });
  one.tell({ type: 'set-timers', timers: { ...timers, desiredMinTxMs: 30 } });
  one.receive({ state: 'up', demand: true });
  assert.ok(one.during(150).length >= 2 && one.sent.every(({ poll }) => poll));
  one.receive({ state: 'up', demand: true, final: true });
  assert.deepEqual(one.during(100), []);
});

test('a passive session waits for the peer’s first packet', () => {
  const one = started({ passive: true });
  assert.deepEqual(one.during(5_000), []);
  one.receive({ yourDiscriminator: 0 });
  assert.equal(one.sent.length, 1);
});

test('sending less often, and waiting less long, begin when the peer has answered the poll', () => {
  const one = started().up();
  one.tell({ type: 'set-timers', timers: { ...timers, desiredMinTxMs: 200, requiredMinRxMs: 10 } });
  assert.deepEqual(
    one.sent.map(({ poll, desiredMinTxUs, requiredMinRxUs }) => [poll, desiredMinTxUs, requiredMinRxUs]),
    [[true, 200_000, 10_000]],
  );
  assert.deepEqual([one.session.facts().transmitIntervalMs, one.session.facts().detectionTimeMs], [60, 200]);
  one.receive({ state: 'up', final: true });
  assert.deepEqual([one.session.facts().transmitIntervalMs, one.session.facts().detectionTimeMs], [200, 100]);
});

test('a wish changed during a poll has a poll of its own', () => {
  const one = started().up();
  one.tell({ type: 'set-timers', timers: { ...timers, desiredMinTxMs: 200 } });
  one.tell({ type: 'set-timers', timers: { ...timers, desiredMinTxMs: 300 } });
  one.receive({ state: 'up', final: true });
  assert.equal(one.session.facts().transmitIntervalMs, 60);
  assert.equal(one.sent.at(-1)?.poll, true);
  one.receive({ state: 'up', final: true });
  assert.equal(one.session.facts().transmitIntervalMs, 300);
});

test('AdminDown says so at once, ignores the peer, and ends in Down', () => {
  const one = started().up();
  one.tell({ type: 'administrative', down: true });
  assert.deepEqual([one.sent[0]?.state, one.sent[0]?.diagnostic], ['admin-down', 7]);
  one.receive({ state: 'down' });
  one.receive({ state: 'init' });
  assert.equal(one.session.state, 'admin-down');
  one.tell({ type: 'administrative', down: false });
  assert.equal(one.session.state, 'down');
});

test('authentication is wanted where it is configured, and nowhere else', () => {
  const plainOne = started();
  const authentication = { type: 'simple-password', keyId: 1, password: Uint8Array.of(1) } as const;
  plainOne.receive({ authentication });
  assert.equal(plainOne.session.state, 'down');
  const guarded = started({ authentication: { type: 'keyed-sha1', keys: [{ id: 1, secret: 'a' }] } });
  guarded.receive({});
  guarded.receive({ authentication });
  assert.equal(guarded.session.state, 'down');
});
