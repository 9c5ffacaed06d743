import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PopIntent } from '../network/intent.ts';
import { type Announcer, drainRefusal } from './drain-rule.ts';

const v4 = '192.0.2.0/24';
const v6 = '2001:db8::/48';

function pop(...prefixes: readonly string[]): PopIntent {
  return {
    pop: 'fra',
    sessions: [{ announcements: prefixes.map((prefix) => ({ prefix })) }],
  } as unknown as PopIntent;
}
const other = (name: string, announced: readonly string[], drainWanted = false): Announcer => ({
  name,
  announced,
  drainWanted,
});

test('a drain is refused where too few others would announce any of its prefixes', () => {
  const cases: readonly (readonly [
    why: string,
    pop: PopIntent,
    others: readonly Announcer[],
    floor: number,
    ok: boolean,
  ])[] = [
    ['alone', pop(v4), [], 1, false],
    ['another announces', pop(v4), [other('sin', [v4])], 1, true],
    ['the other announces something else', pop(v4), [other('sin', [v6])], 1, false],
    ['one of two prefixes would be gone', pop(v4, v6), [other('sin', [v4])], 1, false],
    ['each prefix has another PoP', pop(v4, v6), [other('sin', [v4]), other('iad', [v6])], 1, true],
    ['the other is asked to drain itself', pop(v4), [other('sin', [v4], true)], 1, false],
    ['the other is down', pop(v4), [other('sin', [])], 1, false],
    ['the floor is two', pop(v4), [other('sin', [v4])], 2, false],
    ['the floor is two and held', pop(v4), [other('sin', [v4]), other('iad', [v4])], 2, true],
    ['a floor of none does not let the last one go', pop(v4), [], 0, false],
    ['it announces nothing, ever', pop(), [], 1, true],
  ];
  for (const [why, drained, others, minimumAnnouncers, ok] of cases) {
    const refusal = drainRefusal({ pop: drained, others, minimumAnnouncers });
    assert.equal(refusal === undefined, ok, why);
    if (refusal !== undefined) {
      assert.equal(refusal.code, 'control.last-announcing-pop');
      assert.match(refusal.fix ?? '', /--force/);
    }
  }
});
