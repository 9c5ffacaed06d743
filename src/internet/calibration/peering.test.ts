/**
 * Real measurements: three experiments of the PEERING testbed, predicted from the others with a model that is smaller than
 * the product's, so that the test is quick. It holds floors under what should not be lost, on these three alone: the means
 * of all experiments and their spread over seeds stand in docs/prediction.md, and take an evaluation to measure.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTopology } from '../../cli/internet/topology.ts';
import { evaluateExperiments } from './evaluate.ts';
import { defaultModelOptions } from './model.ts';
import { readCatchments } from './read-catchments.ts';
import { readSingleSitePaths } from './read-paths.ts';
import { siteViews } from './site-view.ts';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const topology = `${data}as-rel/20191201.as-rel2.txt.bz2`;
const skip = existsSync(topology) ? false : `no data: ${topology} is absent`;

test('PEERING 2019: three experiments from the others', { skip }, async () => {
  const { stdin } = process;
  const evidence = await readCatchments({ file: `${data}catchments/peering-2019-catchments.csv.gz`, stdin }, 'ping');
  const paths = await readSingleSitePaths({ file: `${data}catchments/peering-2019-paths.csv.gz`, stdin });
  const { graph } = await loadTopology(topology);
  const { classes } = defaultModelOptions;
  const results = evaluateExperiments({
    evidence,
    graph,
    views: siteViews(graph, paths),
    options: { ...defaultModelOptions, folds: 3, rowsPerExperiment: 800, classes: { ...classes, starts: 1 } },
    only: new Set(['clemson01+seattle01', 'seattle01+uw01', 'phoenix01+seattle01']),
  });
  const [surprise, hidden, usual] = [...results];
  assert.ok(surprise !== undefined && usual !== undefined && hidden !== undefined);
  // The site that wins most other experiments loses this one.
  assert.ok(surprise.usualWinner < 0.4 && surprise.ours > 0.85, `${surprise.experiment}: ${surprise.ours}`);
  assert.ok(usual.biggerSite < 0.9 && usual.ours > 0.95, `${usual.experiment}: ${usual.ours}`);
  assert.ok(usual.confident.coverage > 0.6 && (usual.confident.accuracy ?? 0) > 0.95, JSON.stringify(usual.confident));
  // Most ASes hear both sites by way of one network, and nothing measured tells which is nearer to them inside it.
  assert.ok(hidden.confident.coverage < 0.5, `${hidden.experiment}: sure of ${hidden.confident.coverage}`);
});
