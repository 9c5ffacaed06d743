import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { longestMessage, longestReceived } from '../message/header.ts';
import type { OpenMessage } from '../message/types.ts';
import { collisionWinner } from './collision.ts';
import { connectRetryMs, idleHoldMs, keepaliveMs } from './delays.ts';
import { initialSession, negotiatedOf, type SessionState, stepSession } from './fsm.ts';
import {
  cell,
  config,
  effectText,
  event,
  events,
  noRandom,
  peerOpen,
  routerId,
  situation,
  situations,
  stateText,
} from './fsm.vectors.ts';
import { negotiate, openMessage } from './open.ts';
import type { SessionConfig, SessionEvent, SessionTimer, Side } from './types.ts';

test('every cell of the machine is as the table says', () => {
  const file = new URL('./fsm.cells.txt', import.meta.url);
  const lines = ['Written by fsm.test.ts with UPDATE=1: read what changes before you commit it.', ''];
  for (const name of Object.keys(situations)) {
    const state = situation(name);
    lines.push(`## ${name}`, `   is ${stateText(state)}; timers: ${state.timers.join(', ') || 'none'}`);
    const ignored: string[] = [];
    for (const [eventName, each] of events) {
      const text = cell(state, each);
      if (text === 'ignored') ignored.push(eventName);
      else
        lines.push(eventName, ...text.split('; ').map((part, index) => (index === 0 ? `  → ${part}` : `    ${part}`)));
    }
    lines.push(`ignored: ${ignored.join(', ')}`, '');
  }
  const actual = lines.join('\n');
  if (process.env.UPDATE === '1') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
});

/** The state and the effects' texts after events by name, from a fresh session. */
function run(names: readonly string[], settings: Partial<SessionConfig> = {}) {
  let state = initialSession({ ...config, ...settings });
  let effects: readonly string[] = [];
  for (const name of names) {
    const result = stepSession(state, event(name), noRandom);
    state = result.state;
    effects = result.effects.map(effectText);
  }
  return { state, effects, text: stateText(state) };
}

test('collision: the connection that the dominant speaker opened stays, whichever OPEN comes last (RFC 4271 §6.8)', () => {
  const start = ['start', 'out connected', 'in connected'];
  for (const opens of [
    ['in OPEN', 'out OPEN'],
    ['out OPEN', 'in OPEN'],
  ]) {
    // The peer's identifier is 10.0.0.2.
    assert.equal(
      run([...start, ...opens], { routerId: routerId('10.0.0.1') }).text,
      'open-confirm: none | open-confirm',
    );
    assert.equal(
      run([...start, ...opens], { routerId: routerId('10.0.0.3') }).text,
      'open-confirm: open-confirm | none',
    );
  }
});

test('collision: identifiers are unsigned, and of equal ones the larger ASN wins (RFC 6286 §2.3)', () => {
  const winner = (ours: string, theirs: string, asns: Partial<SessionConfig> = {}) =>
    collisionWinner({ ...config, routerId: routerId(ours), ...asns }, routerId(theirs));
  assert.equal(winner('200.0.0.1', '10.0.0.1'), 'outgoing'); // negative where signed
  assert.equal(winner('10.0.0.1', '200.0.0.1'), 'incoming');
  assert.equal(winner('10.0.0.255', '10.0.1.0'), 'incoming');
  assert.equal(winner('10.0.0.1', '10.0.0.1', { localAsn: 4_200_000_000, peerAsn: 64501 }), 'outgoing');
  assert.equal(winner('10.0.0.1', '10.0.0.1', { localAsn: 64500, peerAsn: 4_200_000_000 }), 'incoming');
});

test('two speakers that connect to one another at once both keep the same connection, in every order of arrival', () => {
  // What one sends on its outgoing side reaches the other on its incoming side, in order; which arrives next is arbitrary.
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 60 }), fc.boolean(), (order, higher) => {
      const configs = [
        { ...config, routerId: routerId(higher ? '10.0.0.9' : '10.0.0.1') },
        { ...config, localAsn: 64501, peerAsn: 64500, routerId: routerId('10.0.0.5') },
      ] as const;
      const states = configs.map((each) => stepSession(initialSession(each), { type: 'manual-start' }, noRandom).state);
      /** What is on its way to speaker `to`, by the side on which it arrives there. */
      const wires = [0, 1].map(() => ({
        outgoing: [{ type: 'connected', side: 'outgoing' }] as SessionEvent[],
        incoming: [{ type: 'connected', side: 'incoming' }] as SessionEvent[],
      }));
      const closed = new Set<string>();
      const deliver = (to: number, event: SessionEvent) => {
        const result = stepSession(states[to] as SessionState, event, noRandom);
        states[to] = result.state;
        for (const effect of result.effects) {
          if (effect.type !== 'send' && effect.type !== 'close') continue;
          const side: Side = effect.side === 'outgoing' ? 'incoming' : 'outgoing';
          const wire = (wires[1 - to] as (typeof wires)[number])[side];
          if (effect.type === 'send') wire.push({ type: 'message', side, message: effect.message });
          else {
            wire.push({ type: 'closed', side });
            closed.add(`${to} ${effect.side}`);
          }
        }
      };
      // The random order first, then whatever is left.
      for (const pick of [...order, ...Array.from({ length: 60 }, (_, index) => index % 4)]) {
        const to = pick >> 1;
        const side: Side = pick & 1 ? 'incoming' : 'outgoing';
        const next = (wires[to] as (typeof wires)[number])[side].shift();
        if (next !== undefined && !closed.has(`${to} ${side}`)) deliver(to, next);
      }
      const [first, second] = states.map((state) => stateText(state));
      const either = ['established: established | none', 'established: none | established'];
      assert([either.join(), either.toReversed().join()].includes([first, second].join()), `${first} and ${second}`);
    }),
    { numRuns: 1000 },
  );
});

test('OPEN: what is agreed on', () => {
  const agreed = (open: Partial<OpenMessage>, settings: Partial<SessionConfig> = {}) => {
    const outcome = negotiate({ ...config, ...settings }, { ...peerOpen, ...open });
    assert(outcome.ok);
    return outcome.negotiated;
  };
  assert.equal(agreed({ holdTimeSeconds: 30 }).holdTimeSeconds, 30);
  assert.equal(agreed({ holdTimeSeconds: 180 }).holdTimeSeconds, 90);
  assert.equal(agreed({ holdTimeSeconds: 0 }).holdTimeSeconds, 0);
  assert.equal(agreed({}, { holdTimeSeconds: 0 }).holdTimeSeconds, 0);
  assert.equal(agreed({ holdTimeSeconds: 9 }).keepaliveSeconds, 3);
  assert.deepEqual(agreed({ capabilities: [] }).codec, {
    fourOctetAsn: false,
    external: true,
    peerAsn: 64501,
    families: ['ipv4-unicast'],
  });
  const six = { kind: 'multiprotocol', family: 'ipv6-unicast' } as const;
  const both = { families: ['ipv4-unicast', 'ipv6-unicast'] } as const;
  assert.deepEqual(agreed({ capabilities: [six] }, both).codec.families, ['ipv6-unicast']);
  assert.deepEqual(agreed({ capabilities: [] }, both).codec.families, ['ipv4-unicast']);
  assert.equal(agreed({ capabilities: [{ kind: 'route-refresh' }] }).routeRefresh, true);
  assert.equal(agreed({ asn: 64500 }, { peerAsn: 64500 }).codec.external, false);
});

test('long messages: what each side takes is its own to say (RFC 8654 §4)', () => {
  const lengths = (capabilities: OpenMessage['capabilities'], settings: Partial<SessionConfig>) => {
    const outcome = negotiate({ ...config, ...settings }, { ...peerOpen, capabilities });
    assert(outcome.ok);
    return [longestMessage(outcome.negotiated.codec), longestReceived(outcome.negotiated.codec)];
  };
  const said = [{ kind: 'extended-message' }] as const;
  assert.deepEqual(lengths(said, { extendedMessages: true }), [65_535, 65_535]);
  assert.deepEqual(lengths([], { extendedMessages: true }), [4096, 65_535]);
  assert.deepEqual(lengths(said, {}), [4096, 4096]);
});

test('OPEN: what is refused, and with what', () => {
  const refused = (open: Partial<OpenMessage>, settings: Partial<SessionConfig> = {}) => {
    const outcome = negotiate({ ...config, ...settings }, { ...peerOpen, ...open });
    assert(!outcome.ok);
    const { code, subcode, data } = outcome.notification;
    return [code, subcode, Buffer.from(data).toString('hex')];
  };
  assert.deepEqual(refused({ asn: 64502 }), [2, 2, '']); // Bad Peer AS
  assert.deepEqual(refused({ holdTimeSeconds: 2 }), [2, 6, '']); // Unacceptable Hold Time
  assert.deepEqual(refused({ asn: 64500, routerId: config.routerId }, { peerAsn: 64500 }), [2, 3, '']); // Bad BGP Identifier
  // Unsupported Capability: the peer speaks IPv4 only, or another family that we do not know (labelled IPv4); we ask for IPv6.
  assert.deepEqual(refused({ capabilities: [] }, { families: ['ipv6-unicast'] }), [2, 7, '010400020001']);
  const labelled = { kind: 'unknown', code: 1, bytes: Uint8Array.of(0, 1, 0, 4) } as const;
  assert.deepEqual(refused({ capabilities: [labelled] }), [2, 7, '010400010001']);
});

test('the OPEN that we send carries what we can do', () => {
  assert.deepEqual(openMessage({ ...config, families: ['ipv4-unicast', 'ipv6-unicast'] }), {
    type: 'open',
    asn: 64500,
    holdTimeSeconds: 90,
    routerId: config.routerId,
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'multiprotocol', family: 'ipv6-unicast' },
      { kind: 'route-refresh' },
      { kind: 'four-octet-asn', asn: 64500 },
      { kind: 'enhanced-route-refresh' },
    ],
  });
});

test('a negotiated hold time of zero runs no hold and no keepalive timer (RFC 4271 §4.2)', () => {
  const { state, effects } = run(['start', 'out connected', 'out OPEN', 'out KEEPALIVE'], { holdTimeSeconds: 0 });
  assert.deepEqual(state.timers, []);
  assert.deepEqual(effects, ['ESTABLISHED out, hold 0']);
  assert.equal(negotiatedOf(state)?.holdTimeSeconds, 0);
});

test('delays grow to 16 times while attempts fail, and a session that held is a fresh start', () => {
  const random = noRandom; // the factor is 0.75
  const retries = [0, 1, 2, 3, 4, 5, 6, 100].map((failures) => connectRetryMs(config, failures, random));
  assert.deepEqual(retries, [6000, 6000, 12000, 24000, 48000, 96000, 96000, 96000]);
  const holds = [1, 2, 3, 8, 100].map((failures) => idleHoldMs(config, failures, random));
  assert.deepEqual(holds, [750, 1500, 3000, 96000, 96000]);
  const up = ['connect failed', 'in connected', 'in OPEN', 'in KEEPALIVE'];
  assert.equal(run(['start', ...up]).state.failures, 1);
  const held = ['timer keepalive:incoming', 'timer keepalive:incoming', 'timer keepalive:incoming'];
  assert.equal(run(['start', ...up, ...held]).state.failures, 0);
  assert.equal(run(['start', ...up, 'in closed', 'timer idle-hold', 'out connected', 'out closed']).state.failures, 3);
});

test('keepalives go out at a third of the hold time, jittered, and never more than once a second (RFC 4271 §4.4, §10)', () => {
  const random = seededRandom(1);
  for (let count = 0; count < 100; count++) {
    const delay = keepaliveMs(30, random);
    assert(delay >= 22_500 && delay <= 30_000);
  }
  assert.equal(keepaliveMs(1, noRandom), 1000);
});

test('a start while idle-hold runs forgets the failures', () => {
  assert.equal(
    run(['start', 'connect failed', 'timer connect-retry', 'out connected', 'out malformed']).state.failures,
    2,
  );
  assert.equal(
    run(['start', 'connect failed', 'timer connect-retry', 'out connected', 'out malformed', 'start']).state.failures,
    0,
  );
});

test('a ROUTE-REFRESH for a family that we did not offer, or do not know, is ignored (RFC 2918 §4)', () => {
  const { state } = run(['start', 'out connected', 'out OPEN', 'out KEEPALIVE']);
  for (const message of [{ type: 'route-refresh', family: 'ipv6-unicast' }, { type: 'route-refresh' }] as const) {
    assert.deepEqual(stepSession(state, { type: 'message', side: 'outgoing', message }, noRandom).effects, []);
  }
});

test('a shutdown communication goes with Shutdown and Reset only (RFC 9003 §2)', () => {
  const { state } = run(['start', 'out connected']);
  const data = (subcode: number) => {
    const { effects } = stepSession(state, { type: 'manual-stop', subcode, communication: 'bye' }, noRandom);
    const sent = effects.find((effect) => effect.type === 'send');
    assert(sent?.type === 'send' && sent.message.type === 'notification');
    return Buffer.from(sent.message.data).toString('latin1');
  };
  assert.deepEqual([2, 3, 4].map(data), ['\x03bye', '', '\x03bye']);
});

/** Watches effects as sockets and timers would, and complains of what they could not carry out. */
class Owner {
  readonly open = new Set<Side>();
  readonly timers = new Set<SessionTimer>();
  connecting = false;

  /** Whether this event can happen in this world at all; takes note of it. */
  happens(event: SessionEvent): boolean {
    switch (event.type) {
      case 'manual-start':
      case 'manual-stop':
      case 'automatic-stop':
        return true;
      case 'connected':
        if (this.open.has(event.side) || (event.side === 'outgoing' && !this.connecting)) return false;
        if (event.side === 'outgoing') this.connecting = false;
        this.open.add(event.side);
        return true;
      case 'connect-failed': {
        const was = this.connecting;
        this.connecting = false;
        return was;
      }
      case 'closed':
        return this.open.delete(event.side);
      case 'message':
      case 'malformed':
        return this.open.has(event.side);
      case 'timer':
        return this.timers.delete(event.timer);
    }
  }

  carryOut({ state, effects }: ReturnType<typeof stepSession>): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'connect':
          assert(!this.connecting && !this.open.has('outgoing'), 'connects twice');
          this.connecting = true;
          break;
        case 'send':
          assert(this.open.has(effect.side), 'sends on a side that is not open');
          break;
        case 'close':
          assert(
            this.open.delete(effect.side) || (effect.side === 'outgoing' && this.connecting),
            'closes what is not open',
          );
          if (effect.side === 'outgoing') this.connecting = false;
          break;
        case 'set-timer':
          assert(effect.delayMs > 0 && Number.isFinite(effect.delayMs), 'sets a timer to no time');
          this.timers.add(effect.timer);
          break;
        case 'clear-timer':
          assert(this.timers.delete(effect.timer), 'clears a timer that does not run');
          break;
        case 'established':
        case 'down':
        case 'received':
          break;
      }
    }
    this.check(state);
  }

  check(state: SessionState): void {
    const { connections, phase } = state;
    assert.deepEqual([...this.timers].sort(), [...state.timers].sort());
    const phases = [connections.outgoing.phase, connections.incoming.phase];
    assert(phases.filter((each) => each === 'established').length <= 1, 'two sides are established');
    assert(
      phases.filter((each) => each === 'open-confirm' || each === 'established').length <= 1,
      'a collision stands',
    );
    for (const side of ['outgoing', 'incoming'] as const) {
      const isOpen = !['none', 'connecting'].includes(connections[side].phase);
      assert.equal(this.open.has(side), isOpen, `${side} is ${connections[side].phase}`);
    }
    assert.equal(this.connecting, connections.outgoing.phase === 'connecting');
    if (phase === 'idle') {
      assert.deepEqual(phases, ['none', 'none']);
      assert.deepEqual(state.timers, state.started ? ['idle-hold'] : []);
    }
    // Never stuck: a session that is started and has no connection has a timer that will move it, unless it only waits.
    if (state.started && this.open.size === 0 && !state.config.passive) assert(state.timers.length > 0, 'stuck');
    if (state.config.passive) assert(!this.connecting, 'a passive session connects');
  }
}

test('no sequence of events throws, leaves a timer in idle, sends on a closed side or gets stuck', () => {
  const all = [...events.values()];
  const anyRun = fc.record({
    passive: fc.boolean(),
    holdTimeSeconds: fc.constantFrom(0, 3, 90),
    id: fc.constantFrom('10.0.0.1', '10.0.0.3'),
    picks: fc.array(fc.nat(all.length - 1), { maxLength: 120 }),
    possibleOnly: fc.boolean(),
  });
  fc.assert(
    fc.property(anyRun, ({ passive, holdTimeSeconds, id, picks, possibleOnly }) => {
      const owner = new Owner();
      const random = seededRandom(1);
      let state = initialSession({ ...config, passive, holdTimeSeconds, routerId: routerId(id) });
      for (const pick of [0, ...picks]) {
        const each = all[pick] as SessionEvent;
        const before = JSON.stringify(state);
        const result = stepSession(state, each, random);
        assert.equal(JSON.stringify(state), before, 'the state that came in was changed');
        // Half of the runs also bring events that no owner would: they must not throw.
        if (possibleOnly && !owner.happens(each)) continue;
        state = result.state;
        if (possibleOnly) owner.carryOut(result);
      }
    }),
    { numRuns: 500 },
  );
});
