import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { learnedFrom } from '../propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { usualWinner } from './baselines.ts';
import { defaultTreeOptions, scoreRows, trainTrees } from './boosted-trees.ts';
import { calibrate, capByRecord, isConfident, trustIn } from './confidence.ts';
import { EvidenceBuilder, measuredRows } from './evidence.ts';
import { gatherFacts } from './facts.ts';
import { featureNames, swapped } from './feature-columns.ts';
import { featuresOf } from './features.ts';
import { solve } from './linear.ts';
import { madeEvidence } from './made-internet.vectors.ts';
import { classLogits, fitOrderClasses } from './order-classes.ts';
import { ownOrder } from './own-order.ts';
import { siteViews, unreached } from './site-view.ts';
import { siteStrengths } from './strength.ts';

test('Cholesky solves what it should', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 20, maxLength: 20 }), (numbers) => {
      const n = 4;
      const root = numbers.slice(0, 16);
      const want = numbers.slice(16);
      const matrix = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = i === j ? 1 : 0;
          for (let k = 0; k < n; k++) sum += (root[i * n + k] as number) * (root[j * n + k] as number);
          matrix[i * n + j] = sum;
        }
      }
      const right = Float64Array.from({ length: n }, (_, i) =>
        want.reduce((sum, x, j) => sum + x * (matrix[i * n + j] as number), 0),
      );
      const got = solve(matrix, right);
      for (let i = 0; i < n; i++) assert.ok(Math.abs((got[i] as number) - (want[i] as number)) < 1e-6);
    }),
    { numRuns: 50 },
  );
});

test('trees learn an exclusive or, which no sum of single features tells', () => {
  const random = seededRandom(1);
  const size = 4000;
  const x = Float32Array.from({ length: size }, () => random.next());
  const y = Float32Array.from({ length: size }, () => random.next());
  const labels = Uint8Array.from(x, (value, i) => (value > 0.5 !== (y[i] as number) > 0.5 ? 1 : 0));
  const options = { ...defaultTreeOptions, leastRows: 20, featurePart: 1 };
  const rows = { columns: [x, y], labels, weights: new Float32Array(size).fill(1) };
  const scores = scoreRows(trainTrees(rows, seededRandom(2), options), [x, y]);
  const right = scores.filter((score, i) => score > 0 === (labels[i] === 1)).length;
  assert.ok(right / size > 0.95, `${right} of ${size}`);
  const onlyX = { ...rows, columns: [x] };
  const blind = scoreRows(trainTrees(onlyX, seededRandom(2), options), [x]);
  const blindRight = blind.filter((score, i) => score > 0 === (labels[i] === 1)).length;
  assert.ok(blindRight / size < 0.65, 'one of the two features tells nothing');
});

test('confidence: a level is reached only where answers were right often enough', () => {
  const answers = Array.from({ length: 1000 }, (_, i) => ({ logit: i / 100, right: i >= 500 || i % 2 === 0 }));
  const calibration = calibrate([answers, answers]);
  assert.ok(!isConfident(calibration, 1) && isConfident(calibration, -9.5));
  assert.ok(Math.abs(trustIn(calibration, 1) - 0.5) < 0.1 && trustIn(calibration, -9.5) > 0.95);
  const wrong = calibrate([answers.map(({ logit }) => ({ logit, right: false }))]);
  assert.equal(wrong.confidentFrom, Number.POSITIVE_INFINITY);
  assert.equal(calibrate([]).confidentFrom, Number.POSITIVE_INFINITY);
});

test('confidence: a kind of question with a short record is not called sure; a long and good one is', () => {
  const usual = Array.from({ length: 1000 }, (_, i) => ({ logit: i / 100, right: i >= 500 || i % 2 === 0 }));
  const calibration = calibrate([usual, usual]);
  const good = Array.from({ length: 200 }, () => ({ logit: 9, right: true }));
  const capped = (record: Parameters<typeof capByRecord>[1]) => Math.min(9.9, capByRecord(calibration, record));
  assert.ok(!isConfident(calibration, capped([])) && capped([]) > 0);
  assert.ok(!isConfident(calibration, capped([good, [], good])), 'two experiments are few');
  assert.ok(isConfident(calibration, capped(new Array(400).fill(good))));
  const wrong = good.map(({ logit }) => ({ logit, right: false }));
  assert.ok(!isConfident(calibration, capped([...new Array(200).fill(good), ...new Array(200).fill(wrong)])));
  assert.ok(isConfident(calibration, 9.9), 'without a cap it would be');
});

test('confidence never falls as the logit grows', () => {
  const answer = fc.record({ logit: fc.double({ min: -9, max: 9, noNaN: true }), right: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.array(answer, { minLength: 1, maxLength: 40 }), { maxLength: 5 }), (experiments) => {
      const { steps } = calibrate(experiments);
      for (let i = 1; i < steps.length; i++) {
        assert.ok((steps[i]?.from ?? 0) >= (steps[i - 1]?.from ?? 0));
        assert.ok((steps[i]?.probability ?? 0) >= (steps[i - 1]?.probability ?? 0));
      }
    }),
    { numRuns: 100 },
  );
});

test('features of swapped sites are the swapped features', () => {
  const evidence = madeEvidence(seededRandom(3), { ases: 200, noise: 0.1, measured: 0.7, silent: true });
  const facts = gatherFacts(evidence, {});
  const classes = fitOrderClasses(evidence, [1, 2, 3, 4, 5], seededRandom(4), {
    count: 3,
    rounds: 5,
    spread: 1.5,
    sample: 200,
    starts: 2,
  });
  const rows = measuredRows(evidence.outcomes[0] as Int8Array);
  const without = new Set([0]);
  const straight = featuresOf(facts, rows, { first: 0, second: 1, without, classes });
  const back = swapped(featuresOf(facts, rows, { first: 1, second: 0, without, classes }));
  for (const [f, name] of featureNames.entries()) {
    for (let i = 0; i < rows.length; i++) {
      assert.ok(Math.abs((straight[f]?.[i] as number) - (back[f]?.[i] as number)) < 1e-4, `${name} of row ${i}`);
    }
  }
});

test('strengths order the sites as the shares do', () => {
  const evidence = madeEvidence(seededRandom(5), { ases: 300, noise: 0, measured: 1 });
  const { shares } = gatherFacts(evidence, {});
  const strengths = siteStrengths(evidence, { shares, used: [...evidence.experiments.keys()] });
  const best = evidence.sites[strengths.indexOf(Math.max(...strengths))];
  assert.equal(best, 'ams');
});

test('classes tell the crowd of an AS by its other experiments', () => {
  const evidence = madeEvidence(seededRandom(6), { ases: 500, noise: 0.02, measured: 0.7 });
  const asked = evidence.experiments.findIndex(({ name }) => name === 'ams+nrt');
  const used = [...evidence.experiments.keys()].filter((index) => index !== asked);
  const options = { count: 6, rounds: 20, spread: 1.5, sample: 500, starts: 2 };
  const classes = fitOrderClasses(evidence, used, seededRandom(7), options);
  const column = evidence.outcomes[asked] as Int8Array;
  const rows = measuredRows(column);
  const { first, second } = evidence.experiments[asked] as { first: number; second: number };
  const logits = classLogits(evidence, classes, rows, { first, second });
  const right = logits.filter((logit, i) => logit > 0 === (column[rows[i] as number] as number) > 0).length;
  assert.ok(right / rows.length > 0.85, `${right} of ${rows.length}`);
});

test('an AS’s own order follows chains, and is silent where they contradict', () => {
  const builder = new EvidenceBuilder();
  const add = (asn: number, first: string, second: string, site: string): boolean =>
    builder.add({ sites: [first, second], asn, site });
  for (const asn of [1, 2, 3]) add(asn, 'a', 'd', 'a');
  add(1, 'a', 'b', 'a');
  add(1, 'b', 'c', 'b');
  add(1, 'c', 'd', 'c');
  add(2, 'a', 'b', 'b');
  add(2, 'b', 'd', 'd');
  add(3, 'a', 'b', 'b');
  const evidence = builder.build();
  const asked = evidence.experiments.findIndex(({ name }) => name === 'a+d');
  const { first, second } = evidence.experiments[asked] as { first: number; second: number };
  const order = ownOrder(evidence, Uint32Array.of(0, 1, 2), { first, second, without: new Set([asked]) });
  assert.deepEqual([...order], [1, -1, 0]);
  assert.equal(usualWinner(gatherFacts(evidence, {}), asked), -1);
  assert.equal(add(3, 'a', 'b', 'a'), false, 'a second row is refused');
});

test('a site’s view: seen paths pin, prepends count, and a route goes on by the rules', () => {
  const links = new AsLinks();
  links.add(10, 20, linkKind.providerToCustomer); // 20 hears the site
  links.add(10, 30, linkKind.providerToCustomer);
  links.add(40, 30, linkKind.providerToCustomer);
  links.add(20, 50, linkKind.lateral);
  links.add(50, 60, linkKind.providerToCustomer);
  links.add(20, 99, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const numberOf = numberOfAsn(graph);
  const paths = [
    { site: 'ams', originAsn: 99, path: [30, 10, 20, 20, 20] },
    { site: 'ams', originAsn: 99, path: [30, 10, 20, 20, 20] },
    { site: 'ams', originAsn: 99, path: [30, 64512, 20] },
    { site: 'fra', originAsn: 99, path: [60, 40] },
  ];
  const views = siteViews(graph, paths);
  const { wide, seen, entries } = views.get('ams') ?? assert.fail();
  const at = (asn: number): number => numberOf(asn) ?? assert.fail();
  assert.deepEqual(entries, [at(20)]);
  assert.deepEqual(
    [20, 30, 50, 40].map((asn) => wide.entry[at(asn)]),
    [20, 20, 20].map((asn) => at(asn) + 1).concat(0),
  );
  const read = (view: typeof wide, asn: number) => [view.learned[at(asn)], view.length[at(asn)]];
  assert.deepEqual(read(wide, 20), [learnedFrom.customer, 0]);
  assert.deepEqual(read(wide, 10), [learnedFrom.customer, 3], 'prepended copies count');
  assert.deepEqual(read(wide, 30), [learnedFrom.provider, 4]);
  assert.deepEqual(read(wide, 50), [learnedFrom.lateral, 1], 'an unseen peer of the entry hears it');
  assert.deepEqual(read(seen, 50), [learnedFrom.none, unreached], 'where only seen links count, it does not');
  assert.deepEqual(read(wide, 40), [learnedFrom.none, unreached], 'a customer’s provider route goes no further up');
  assert.equal(wide.learned[at(60)], learnedFrom.none, 'a monitor that sees other sites and not this one has no route');
});
