import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { defaultLimits } from '../limits.ts';
import { Deadlines } from '../origin/deadlines.ts';
import { orderOriginServers } from './choose.ts';
import { defaultHealthRules, OriginHealth } from './health.ts';
import { createOriginServer, type OriginServer } from './origin-server.ts';

const rules = { ...defaultHealthRules, failures: 3, firstPauseMs: 1000, longestPauseMs: 8000 };
/** Jitter of nothing: 0.9 + 0.2 × 0.5. */
const steady = { next: () => 0.5, below: () => 0 };
const health = () => new OriginHealth(rules, steady);

function fail(one: OriginHealth, times: number, nowMs: number): void {
  for (let i = 0; i < times; i++) one.failed(nowMs);
}

describe('an origin server’s health', () => {
  it('takes some failures in a row, and a success forgives them', () => {
    const one = health();
    fail(one, 2, 0);
    assert.equal(one.usability(0), 'usable');
    one.succeeded();
    fail(one, 2, 0);
    assert.equal(one.usability(0), 'usable');
    one.failed(0);
    assert.equal(one.usability(0), 'aside');
  });

  it('tries it again after a pause, by one request at a time', () => {
    const one = health();
    fail(one, 3, 0);
    assert.equal(one.usability(999), 'aside');
    assert.equal(one.usability(1000), 'trial');
    one.beginTrial(1000);
    assert.equal(one.usability(1001), 'aside');
    // A trial that nobody heard the end of.
    assert.equal(one.usability(2000), 'trial');
    one.succeeded();
    assert.equal(one.usability(2000), 'usable');
  });

  it('pauses twice as long after each failed trial, up to a limit', () => {
    const one = health();
    fail(one, 3, 0);
    const pauses: number[] = [];
    let nowMs = 1000;
    for (let i = 0; i < 5; i++) {
      assert.equal(one.usability(nowMs), 'trial');
      one.beginTrial(nowMs);
      one.failed(nowMs);
      let pause = 0;
      while (one.usability(nowMs + pause) !== 'trial') pause += 100;
      pauses.push(pause);
      nowMs += pause;
    }
    assert.deepEqual(pauses, [2000, 4000, 8000, 8000, 8000]);
  });

  it('learns nothing new from requests that were under way when it was set aside', () => {
    const one = health();
    fail(one, 10, 0);
    assert.equal(one.usability(1000), 'trial');
  });

  it('is taken out and brought back by probes in a row', () => {
    const one = health();
    for (const good of [false, false, true, false, false]) one.probed(good);
    assert.equal(one.usability(0), 'usable');
    one.probed(false);
    assert.equal(one.usability(0), 'aside');
    one.probed(true);
    assert.equal(one.usability(0), 'aside');
    one.probed(true);
    assert.equal(one.usability(0), 'usable');
  });

  it('good probes end a pause', () => {
    const one = health();
    fail(one, 3, 0);
    one.probed(true);
    one.probed(true);
    assert.equal(one.usability(0), 'usable');
  });

  it('always comes back for a trial, whatever happened', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.constantFrom('failed', 'succeeded', 'trial')), (seed, events) => {
        const one = new OriginHealth(rules, seededRandom(seed));
        let nowMs = 0;
        for (const event of events) {
          nowMs += 100;
          if (event === 'failed') one.failed(nowMs);
          else if (event === 'succeeded') one.succeeded();
          else one.beginTrial(nowMs);
        }
        assert.notEqual(one.usability(nowMs + rules.longestPauseMs * 1.2), 'aside');
      }),
    );
  });
});

describe('orderOriginServers', () => {
  const origins = {
    limits: defaultLimits,
    deadlines: new Deadlines(systemClock, 1_000),
    readBuffer: Buffer.alloc(0),
  };
  const server = (name: string, state: 'usable' | 'trial' | 'aside'): OriginServer => {
    const one = health();
    if (state !== 'usable') fail(one, 3, state === 'trial' ? 0 : 10_000);
    return createOriginServer({ url: `http://${name}.example`, region: name }, one, origins);
  };
  type State = 'usable' | 'trial' | 'aside';
  const cases: [State[], number, number[], number | undefined][] = [
    [['usable', 'usable'], 3, [0, 1], undefined],
    [['usable', 'usable', 'usable', 'usable'], 3, [0, 1, 2], undefined],
    [['aside', 'usable'], 3, [1, 0], undefined],
    [['trial', 'usable'], 3, [0, 1], 0],
    [['usable', 'trial'], 3, [0, 1], 1],
    [['trial', 'trial', 'usable'], 3, [0, 2, 1], 0],
    [['aside', 'aside'], 3, [0, 1], undefined],
    [['aside'], 3, [0], undefined],
    [['trial'], 3, [0], 0],
    [['aside', 'usable', 'usable', 'usable'], 3, [1, 2, 3], undefined],
  ];
  for (const [states, most, expected, trial] of cases) {
    it(`${states} → ${expected}${trial === undefined ? '' : `, trial ${trial}`}`, () => {
      const servers = states.map((state, i) => server(`s${i}`, state));
      const result = orderOriginServers(servers, 10_500, most);
      assert.deepEqual(
        result.order.map((one) => servers.indexOf(one)),
        expected,
      );
      assert.equal(result.trial === undefined ? undefined : servers.indexOf(result.trial), trial);
    });
  }
});
