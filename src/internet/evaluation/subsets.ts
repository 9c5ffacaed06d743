/** Every subset of a few PoPs: which of them to keep, answered by trying all. */
import { assert } from '../../base/assert.ts';
import type { EvaluateOptions, Evaluator } from './evaluator.ts';
import type { PackedConfigurations } from './packed.ts';
import type { Evaluations } from './types.ts';

/** Beyond this many, there are more than a million subsets. */
export const mostForAllSubsets = 20;

/**
 * The subsets of these groups of entry points, a group for each PoP: the subset of number `mask` has the groups whose bits
 * are set. Neighbouring numbers differ in their lowest groups, so configurations of one batch announce at almost the same places.
 */
export function subsetsOf(groups: readonly (readonly number[])[]): PackedConfigurations {
  assert(groups.length <= mostForAllSubsets, 'few enough groups to try all subsets');
  const count = 1 << groups.length;
  const starts = new Uint32Array(count + 1);
  for (let mask = 0; mask < count; mask++) {
    let length = starts[mask] as number;
    for (const [bit, group] of groups.entries()) if ((mask >>> bit) & 1) length += group.length;
    starts[mask + 1] = length;
  }
  const members = new Uint16Array(starts[count] as number);
  let at = 0;
  for (let mask = 0; mask < count; mask++) {
    for (const [bit, group] of groups.entries()) {
      if (!((mask >>> bit) & 1)) continue;
      members.set(group, at);
      at += group.length;
    }
  }
  return { starts, members };
}

/** Mean cost (and load by column, where asked for) of each subset, by its mask; the empty one, number 0, reaches nobody. */
export function evaluateSubsets(
  evaluator: Evaluator,
  groups: readonly (readonly number[])[],
  options: EvaluateOptions = {},
): Promise<Evaluations> {
  return evaluator.evaluate(subsetsOf(groups), options);
}
