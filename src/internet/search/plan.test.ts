/** A plan is only worth its network file: its steps are written there, the file is predicted, and the effect must be the one told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseDocument } from 'yaml';
import { loadNetwork } from '../../network/document.ts';
import { smallNetwork, smallSearch } from '../../testing/small-search.ts';
import { catchmentOf } from '../catchment/catchment.ts';
import { distancesOf } from '../catchment/distances.ts';
import { summarize } from '../catchment/summary.ts';
import { deploymentOf } from '../deployment/deployment.ts';
import { ScalarPropagation } from '../propagation/scalar.ts';
import { latencyModel } from '../world/latency.ts';
import { type PlanStep, planOf } from './plan.ts';
import { allSetups, setupKey } from './space.ts';

/** The file as an operator would change it, following the steps word by word. */
function written(steps: readonly PlanStep[]): string {
  const document = parseDocument(smallNetwork);
  for (const { where, what } of steps) {
    const [, pop, index] = /^pops\.(\w+)(?:\.sessions\[(\d+)\])?$/.exec(where) ?? [];
    const at = ['pops', pop, ...(index === undefined ? [] : ['sessions', Number(index)])];
    if (what.startsWith('announce nothing')) {
      document.deleteIn(at);
      continue;
    }
    const { announce } = parse(what) as { announce: Record<string, unknown> };
    for (const [key, value] of Object.entries(announce)) document.setIn([...at, 'announce', key], value);
  }
  return document.toString();
}

test('the effect of every plan is what `predict` says of the changed file', () => {
  const { space, scorer, graph, world, links } = smallSearch(['pops', 'prepends', 'avoid']);
  const engine = new ScalarPropagation(graph);
  let compared = 0;
  for (const setup of allSetups(space)) {
    if (setup.every(({ on }) => !on)) continue; // a file without PoPs is none
    const steps = planOf(setup, space, scorer, 'mean');
    const text = written(steps);
    const network = loadNetwork(text, { file: 'changed.yaml' });
    assert(network.ok, text);
    const { deployment } = deploymentOf(network.value, graph, { family: 4, links });
    const input = { world, deployment, distances: distancesOf(deployment.pops, world.places, latencyModel()), engine };
    const summary = summarize(catchmentOf(input), input);
    const told = steps.at(-1)?.scores ?? scorer.scores(space.today);
    const where = setupKey(setup);
    if (summary.all.users > 0) {
      assert(Math.abs(summary.all.meanMs - told.meanMs) < 1e-6, `${where}: ${summary.all.meanMs} and ${told.meanMs}`);
      assert.deepEqual([summary.all.p90Ms, summary.all.p99Ms], [told.p90Ms, told.p99Ms], where);
    }
    assert.equal(Math.round(summary.unreachedUsers), Math.round(told.unreachedUsers), where);
    for (const [pop, name] of space.popNames.entries()) {
      const users = summary.pops.find((of) => of.pop === name)?.users ?? 0;
      assert.equal(Math.round(users), Math.round(told.load[pop] as number), `${where}: ${name}`);
    }
    compared++;
  }
  assert(compared > 50, `${compared} set-ups compared`);
});
