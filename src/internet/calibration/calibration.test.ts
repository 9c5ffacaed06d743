import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { buildAsGraph } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { defaultTreeOptions } from './boosted-trees.ts';
import { distributeSites } from './distribution.ts';
import { evaluateExperiments, meansOf } from './evaluate.ts';
import { type Evidence, measuredRows, silentSites } from './evidence.ts';
import { gatherFacts, type Surroundings } from './facts.ts';
import { madeEvidence } from './made-internet.vectors.ts';
import { classesByExclusion, compareSites, defaultModelOptions, trainPairModel } from './model.ts';
import { defaultClassOptions } from './order-classes.ts';
import { siteViews } from './site-view.ts';

const options = {
  ...defaultModelOptions,
  rowsPerExperiment: 600,
  folds: 3,
  trees: { ...defaultTreeOptions, trees: 30, leastRows: 50, pull: 20 },
  classes: { ...defaultClassOptions, count: 6, rounds: 15, sample: 500, starts: 1 },
};
const made = { ases: 800, noise: 0.03, measured: 0.6 };
const { graph } = buildAsGraph(someLinks());

function someLinks(): AsLinks {
  const links = new AsLinks();
  for (let asn = 2; asn <= 800; asn++) links.add(1, asn, linkKind.providerToCustomer);
  return links;
}

function predict(evidence: Evidence, index: number): Float64Array {
  const facts = gatherFacts(evidence, { graph });
  const model = trainPairModel(facts, new Set([index]), classesByExclusion(facts, options), options);
  const { first, second } = evidence.experiments[index] as { first: number; second: number };
  return compareSites(model, measuredRows(evidence.outcomes[index] as Int8Array), { first, second });
}

/** The same rows with the experiment's sites dealt anew among its ASes. */
function withShuffledOutcomes(evidence: Evidence, index: number): Evidence {
  const random = seededRandom(99);
  const column = evidence.outcomes[index] as Int8Array;
  const shuffled = column.map((outcome) => (outcome === 0 ? 0 : random.next() < 0.5 ? 1 : -1));
  return { ...evidence, outcomes: evidence.outcomes.map((own, at) => (at === index ? shuffled : own)) };
}

test('a prediction does not change when the answers of its own experiment are shuffled', () => {
  const evidence = madeEvidence(seededRandom(1), { ...made, silent: true });
  for (const index of [0, 4, 7]) {
    const changed = withShuffledOutcomes(evidence, index);
    assert.deepEqual(predict(changed, index), predict(evidence, index), evidence.experiments[index]?.name);
  }
  // The check can fail: another experiment's answers do matter.
  assert.notDeepEqual(predict(withShuffledOutcomes(evidence, 1), 0), predict(evidence, 0));
});

test('orders that crowds share are found, beyond what any guess gets', () => {
  const results = [...evaluateExperiments({ evidence: madeEvidence(seededRandom(2), made), graph, options })];
  const { mean } = meansOf(results);
  assert.equal(results.length, 10);
  assert.ok(mean !== null && mean.ours > 0.82, `ours ${mean?.ours}`);
  assert.ok(mean.ours > mean.biggerSite + 0.1 && mean.ours > mean.ownOrder + 0.03, JSON.stringify(mean));
  assert.equal(mean.plain, null, 'without paths the routing model has no entry points');
  const { coverage, accuracy } = mean.confident;
  assert.ok(accuracy !== null && accuracy > 0.94 && coverage > 0.15, `sure of ${coverage}, right in ${accuracy}`);
  for (const { bands } of results) {
    const covered = bands.reduce((sum, band) => sum + band.coverage, 0);
    assert.ok(Math.abs(covered - 1) < 1e-9, 'each AS is in one band');
  }
});

test('pure noise is not called sure', () => {
  const evidence = madeEvidence(seededRandom(3), { ...made, noise: 0.5 });
  const results = [...evaluateExperiments({ evidence, graph, options })];
  const { mean } = meansOf(results);
  assert.ok(mean !== null && mean.confident.coverage < 0.05, `sure of ${mean?.confident.coverage}`);
});

test('a site that nobody lands at is found out, and predicted to lose', () => {
  const evidence = madeEvidence(seededRandom(4), { ...made, silent: true });
  const silent = silentSites(evidence, new Set([0]));
  assert.deepEqual([...silent], [evidence.sites.indexOf('zzz')]);
  const against = evidence.experiments.findIndex(({ name }) => name === 'ams+zzz');
  assert.ok(predict(evidence, against).every((logit) => logit > 0));
});

test('the same seed gives the same answers, another seed others', () => {
  const evidence = madeEvidence(seededRandom(5), made);
  assert.deepEqual(predict(evidence, 2), predict(evidence, 2));
  const facts = gatherFacts(evidence, { graph });
  const other = { ...options, seed: 2 };
  const model = trainPairModel(facts, new Set([2]), classesByExclusion(facts, other), other);
  const { first, second } = evidence.experiments[2] as { first: number; second: number };
  const logits = compareSites(model, measuredRows(evidence.outcomes[2] as Int8Array), { first, second });
  assert.notDeepEqual(logits, predict(evidence, 2));
});

test('swapping the sites swaps the answer', () => {
  const evidence = madeEvidence(seededRandom(6), made);
  const facts = gatherFacts(evidence, { graph });
  const model = trainPairModel(facts, new Set([3]), classesByExclusion(facts, options), options);
  const rows = Uint32Array.from({ length: 100 }, (_, row) => row);
  const straight = compareSites(model, rows, { first: 0, second: 4 });
  const back = compareSites(model, rows, { first: 4, second: 0 });
  for (const [i, logit] of straight.entries()) assert.ok(Math.abs(logit + (back[i] as number)) < 1e-4);
});

test('of three sites and more, each AS has a distribution, led by what was measured of it', () => {
  const evidence = madeEvidence(seededRandom(7), { ...made, noise: 0, measured: 0.8 });
  const facts = gatherFacts(evidence, { graph });
  const model = trainPairModel(facts, new Set(), classesByExclusion(facts, options), options);
  const rows = Uint32Array.from(evidence.asns.keys());
  const sites = ['ams', 'gru', 'nrt'].map((site) => evidence.sites.indexOf(site));
  const { probability, confident } = distributeSites(model, rows, sites);
  let [right, sure, surelyRight] = [0, 0, 0];
  for (const row of rows) {
    const own = probability.subarray(row * 3, row * 3 + 3);
    assert.ok(Math.abs(own.reduce((sum, p) => sum + p, 0) - 1) < 1e-9 && own.every((p) => p > 0));
    const best = own.indexOf(Math.max(...own));
    // Without noise the most liked of the three wins each of its measured experiments.
    const beaten = sites.some((other) => {
      const known = facts.comparison(sites[best] as number, other);
      return known !== undefined && known.sign * (evidence.outcomes[known.index]?.[row] as number) < 0;
    });
    if (!beaten) right++;
    sure += confident[row] as number;
    if (confident[row] === 1 && !beaten) surelyRight++;
  }
  assert.ok(right / rows.length > 0.97, `${right} of ${rows.length}`);
  assert.ok(sure > rows.length / 2 && surelyRight / sure > 0.97, `${surelyRight} of ${sure} sure`);
});

/** The ASes below AS 1, which hears each site by way of another AS. */
function surroundingsBy(entryOf: (site: string) => number): Surroundings {
  const links = someLinks();
  for (let asn = 801; asn < 806; asn++) links.add(asn, 1, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const sites = ['ams', 'fra', 'gru', 'nrt', 'sea'];
  const paths = sites.map((site) => ({ site, originAsn: 64999, path: [1, entryOf(site)] }));
  return { graph, views: siteViews(graph, paths) };
}

test('two sites that are heard by way of one AS: no trust but by the record of such answers', () => {
  const evidence = madeEvidence(seededRandom(8), { ...made, noise: 0.01 });
  const sure = (entryOf: (site: string) => number): readonly number[] => {
    const facts = gatherFacts(evidence, surroundingsBy(entryOf));
    const asked = evidence.experiments.findIndex(({ name }) => name === 'ams+nrt');
    const model = trainPairModel(facts, new Set([asked]), classesByExclusion(facts, options), options);
    const rows = measuredRows(evidence.outcomes[asked] as Int8Array);
    const { first, second } = evidence.experiments[asked] as { first: number; second: number };
    const logits = compareSites(model, rows, { first, second });
    const { confidentFrom } = model.calibration;
    return [logits.filter((logit) => Math.abs(logit) >= confidentFrom).length / rows.length, model.oneEntryCap];
  };
  const entries = ['ams', 'fra', 'gru', 'nrt', 'sea'];
  const [apart] = sure((site) => 801 + entries.indexOf(site));
  assert.ok((apart as number) > 0.3, `sure of ${apart} where each site has its own entry`);
  const [shared, cap] = sure((site) => (site === 'nrt' ? 801 : 801 + entries.indexOf(site)));
  assert.ok(shared === 0 && Number.isFinite(cap), `no other experiment asked such a thing: ${shared}, ${cap}`);
  const [all, none] = sure(() => 801);
  assert.ok(
    (all as number) > 0.3 && none === Number.POSITIVE_INFINITY,
    'one provider everywhere: that is the rule here',
  );
});
