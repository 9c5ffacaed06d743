/** Measurements as predictions take them, on a made-up Internet whose truth is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { mustLocation } from '../../testing/places.ts';
import { defaultTreeOptions } from '../calibration/boosted-trees.ts';
import { type Evidence, EvidenceBuilder } from '../calibration/evidence.ts';
import { madeEvidence } from '../calibration/made-internet.vectors.ts';
import { defaultModelOptions } from '../calibration/model.ts';
import { defaultClassOptions } from '../calibration/order-classes.ts';
import type { Deployment } from '../deployment/types.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { measuredSource } from './measured-source.ts';
import { foreignSites } from './sites.ts';

const options = {
  ...defaultModelOptions,
  rowsPerExperiment: 300,
  folds: 3,
  trees: { ...defaultTreeOptions, trees: 15, leastRows: 50 },
  classes: { ...defaultClassOptions, count: 6, rounds: 15, sample: 500, starts: 1 },
};

function graphOf(ases: number) {
  const links = new AsLinks();
  for (let asn = 2; asn <= ases; asn++) links.add(1, asn, linkKind.providerToCustomer);
  return buildAsGraph(links).graph;
}

function deploymentOf(...names: readonly string[]): Deployment {
  const pops = names.map((name) => ({ name, location: mustLocation('Frankfurt, DE') }));
  return { asn: 64500, pops, entries: [], groups: [] };
}

function someEvidence(rows: readonly (readonly [pair: string, asn: number, site: string])[]): Evidence {
  const builder = new EvidenceBuilder();
  for (const [pair, asn, site] of rows) builder.add({ sites: pair.split('+') as [string, string], asn, site });
  return builder.build();
}

function problemOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0];
    throw error;
  }
  return undefined;
}

test('with few experiments, what was measured counts and nothing is guessed', () => {
  const evidence = someEvidence([
    ['fra+sin', 2, 'fra'],
    ['fra+sin', 3, 'sin'],
    ['fra+sin', 99, 'sin'], // the topology has no such AS
    ['fra+iad', 2, 'iad'],
  ]);
  const graph = graphOf(5);
  const row = (asn: number, rowOf: Int32Array) => rowOf[numberOfAsn(graph)(asn) as number] as number;
  const source = measuredSource({ evidence, file: 'c.csv' }, { deployment: deploymentOf('sin', 'fra', 'iad'), graph });
  const two = source([0, 1]);
  assert(two !== undefined);
  assert.deepEqual(two.pops, [0, 1]);
  const chances = (asn: number) => [...two.probability.subarray(2 * row(asn, two.rowOf), 2 * row(asn, two.rowOf) + 2)];
  assert.deepEqual(
    [chances(2), chances(3)],
    [
      [0, 1],
      [1, 0],
    ],
  );
  assert.deepEqual([row(4, two.rowOf), row(5, two.rowOf)], [-1, -1]);
  // Of all three, AS 2 prefers iad to fra and fra to sin; nobody compared iad with sin.
  assert.equal(row(2, source([0, 1, 2])?.rowOf as Int32Array), -1);
  assert.equal(source([1]), undefined);
});

test('with many, comparisons that nobody made are told by those that were; who was measured lands where it was', () => {
  const ases = 800;
  const evidence = madeEvidence(seededRandom(3), { ases, noise: 0, measured: 0.6 });
  const graph = graphOf(ases);
  const source = measuredSource(
    { evidence, file: '' },
    { deployment: deploymentOf('nrt', 'ams', 'gru'), graph },
    options,
  );
  const shares = source([0, 1, 2]);
  assert(shares !== undefined);
  // The crowds' orders among nrt, ams and gru: 45 % ams first, 30 % gru, 25 % nrt; without noise an AS's own outcomes show which.
  const sums = [0, 0, 0];
  let [sure, known, wrong] = [0, 0, 0];
  const outcome = (site: string, other: string, row: number): number => {
    const [first] = [site, other].sort();
    const index = evidence.experiments.findIndex(({ name }) => name === [site, other].sort().join('+'));
    return (first === site ? 1 : -1) * (evidence.outcomes[index]?.[row] ?? 0);
  };
  const names = ['nrt', 'ams', 'gru'];
  for (const row of shares.rowOf) {
    if (row < 0) continue;
    known++;
    if (shares.sure[row] === 1) sure++;
    const own = [...shares.probability.subarray(3 * row, 3 * row + 3)];
    assert(Math.abs(own.reduce((sum, p) => sum + p, 0) - 1) < 1e-9, 'a distribution');
    for (const [i, p] of own.entries()) sums[i] = (sums[i] as number) + p;
    const best = names[own.indexOf(Math.max(...own))] as string;
    // Never against a measurement that leaves no choice.
    if (names.every((other) => other === best || outcome(best, other, row) === -1)) wrong++;
  }
  assert(known > 700 && wrong === 0, `${known} known, ${wrong} wrong`);
  assert(sure / known > 0.4, `sure of ${sure} of ${known}`);
  for (const [i, wanted] of [0.25, 0.45, 0.3].entries())
    assert(Math.abs((sums[i] as number) / known - wanted) < 0.08, `${names[i]}: ${(sums[i] as number) / known}`);
});

test('sites that are no PoPs are told; fewer than two PoPs among them are refused', () => {
  const evidence = someEvidence([['fra+sin', 2, 'fra']]);
  const graph = graphOf(3);
  const refused = (...pops: readonly string[]) =>
    problemOf(() => measuredSource({ evidence, file: 'c.csv' }, { deployment: deploymentOf(...pops), graph }));
  assert.match(
    refused('iad', 'nrt')?.what ?? '',
    /^no measured site \(fra, sin\) is a PoP of the network \(iad, nrt\)$/,
  );
  assert.match(refused('fra', 'nrt')?.what ?? '', /only fra is a PoP of the network/);
  assert.equal(refused('fra', 'nrt')?.where, 'c.csv');
  assert.equal(refused('sin', 'fra'), undefined);
  const other = someEvidence([
    ['fra+sin', 2, 'fra'],
    ['fra+ams', 2, 'fra'],
  ]);
  assert.match(foreignSites(other, deploymentOf('fra', 'sin'), 'c.csv')?.what ?? '', /^1 of 3 measured sites .*: ams;/);
  assert.equal(foreignSites(evidence, deploymentOf('fra', 'sin', 'iad'), 'c.csv'), undefined);
});

test('networks that were never measured are told by what most do, and never with confidence', () => {
  const ases = 800;
  const evidence = madeEvidence(seededRandom(5), { ases: 700, noise: 0, measured: 0.6 });
  const graph = graphOf(ases);
  const deployment = deploymentOf('ams', 'nrt');
  const others = Array.from({ length: 100 }, (_, i) => 701 + i);
  const without = measuredSource({ evidence, file: '' }, { deployment, graph }, options)([0, 1]);
  const shares = measuredSource({ evidence, file: '' }, { deployment, graph, others }, options)([0, 1]);
  assert(shares !== undefined && without !== undefined);
  const numberOf = numberOfAsn(graph);
  for (const asn of others) {
    const number = numberOf(asn) as number;
    assert.equal(without.rowOf[number], -1);
    const row = shares.rowOf[number] as number;
    // Two crowds of three, 75 % of the ASes, prefer ams to nrt.
    const p = shares.probability[2 * row] as number;
    assert(p > 0.6 && p < 0.95, `AS ${asn}: ${p}`);
    assert.deepEqual([shares.inferred[row], shares.sure[row]], [1, 0]);
  }
  // What is said of the measured does not change by those who were not.
  for (const asn of evidence.asns) {
    const number = numberOf(asn) as number;
    const before = without.rowOf[number] as number;
    const after = shares.rowOf[number] as number;
    assert.equal(shares.inferred[after], 0);
    assert(Math.abs((without.probability[2 * before] as number) - (shares.probability[2 * after] as number)) < 1e-9);
  }
});
