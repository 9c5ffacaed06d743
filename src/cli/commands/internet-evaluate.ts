/** `nearcast internet evaluate`: how often predictions are right, on experiments whose outcome was measured. */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { fail, formatProblem } from '../../base/problem.ts';
import { type EvaluationInput, evaluateExperiments, meansOf } from '../../internet/calibration/evaluate.ts';
import { evaluateShares, meanShareErrors } from '../../internet/calibration/evaluate-shares.ts';
import { defaultModelOptions } from '../../internet/calibration/model.ts';
import { outsideTopology } from '../../internet/calibration/outside-topology.ts';
import { readCatchments } from '../../internet/calibration/read-catchments.ts';
import { readSingleSitePaths } from '../../internet/calibration/read-paths.ts';
import { readShares } from '../../internet/calibration/read-shares.ts';
import { defaultShareOptions } from '../../internet/calibration/share-model.ts';
import { siteViews } from '../../internet/calibration/site-view.ts';
import { readUsers } from '../../internet/world/users.ts';
import { evaluationLines, shareLines } from '../internet/show-evaluation.ts';
import { loadTopology, topologyOption } from '../internet/topology.ts';
import { onEndRequests } from '../signals.ts';

interface Options {
  readonly topology?: string;
  readonly catchments?: string;
  readonly paths?: string;
  readonly population?: string;
  readonly shares?: string;
  readonly method: string;
  readonly only: readonly string[];
  readonly seed: number;
  readonly json?: boolean;
}

export function register(command: Command): void {
  command
    .command('evaluate')
    .description('Predict each measured experiment from the others, and say how often that is right')
    .option(...topologyOption)
    .option('--catchments <csv>', 'who landed where: experiment,method,asn,site; an experiment is named ams+fra')
    .option('--paths <csv>', 'AS paths seen at collectors: experiment,announced_by,collector,monitor_asn,as_path')
    .option('--population <csv>', 'users by AS (columns asn and users), to weigh ASes by')
    .option('--shares <csv>', 'shares of sites under prepends: bgp;SITE;SITE;…')
    .option('--method <name>', 'rows of which method are the truth', 'ping')
    .option('--only <experiment>', 'predict this one (may be given again); the others are evidence', collectNames, [])
    .option('--seed <number>', 'seed of the learner’s random choices', parseSeed, defaultModelOptions.seed)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing of an experiment is used to predict it but which ASes to predict. Of --paths, those seen while one site announced
alone are read, and no others. Files may be packed with gzip or bzip2. An interrupt ends with what there is so far.

Examples:
  nearcast internet evaluate --topology as-rel2.txt.bz2 --catchments catchments.csv.gz --paths paths.csv.gz
  nearcast internet evaluate --topology internet.graph --catchments catchments.csv --population users.csv --json
  nearcast internet evaluate --shares playbook.csv`,
    )
    .action(evaluate);
}

function collectNames(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d{1,9}$/.test(text)) return seed;
  throw new InvalidArgumentError('give a whole number.');
}

async function evaluate(options: Options): Promise<void> {
  if (options.catchments === undefined && options.shares === undefined) {
    fail(
      {
        code: 'internet.nothing-to-evaluate',
        what: 'there is nothing to evaluate',
        fix: 'give --topology and --catchments, or --shares',
      },
      exitCode.usage,
    );
  }
  let stopped = false;
  onEndRequests(systemClock, { onEnd: () => (stopped = true), onHurry: () => process.exit(exitCode.failure) });
  const whileWanted = <T>(work: Generator<T>, name: (result: T) => string) => collect(work, name, () => stopped);
  const output: Record<string, unknown> = {};
  const lines: string[] = [];

  const input = await inputOf(options);
  if (input !== undefined) {
    const results = await whileWanted(evaluateExperiments(input), ({ experiment }) => experiment);
    const means = meansOf(results);
    Object.assign(output, { method: options.method, experiments: results, ...means });
    lines.push(...evaluationLines(results, means));
  }
  if (options.shares !== undefined && !stopped) {
    const table = await readShares({ file: options.shares, stdin: process.stdin });
    const shareOptions = { ...defaultShareOptions, seed: options.seed };
    const results = await whileWanted(evaluateShares(table, shareOptions), ({ configuration }) => configuration);
    const mean = meanShareErrors(results);
    output.shares = { sites: table.sites, configurations: results, mean };
    if (lines.length > 0) lines.push('');
    lines.push(...shareLines(results, mean));
  }
  if (stopped) output.interrupted = true;
  console.log(options.json === true ? JSON.stringify(output) : lines.join('\n'));
  if (stopped) process.exitCode = exitCode.failure;
}

async function inputOf(options: Options): Promise<EvaluationInput | undefined> {
  const { catchments, topology, paths, population, method, seed, only } = options;
  if (catchments === undefined) return undefined;
  if (topology === undefined) {
    fail(
      { code: 'internet.no-topology', what: '--catchments needs --topology', fix: 'give a topology file' },
      exitCode.usage,
    );
  }
  const stdin = process.stdin;
  const evidence = await readCatchments({ file: catchments, stdin }, method);
  for (const name of only) {
    if (evidence.experiments.some((experiment) => experiment.name === name)) continue;
    fail({
      code: 'internet.catchment-experiment',
      what: `no experiment ${JSON.stringify(name)} was measured by "${method}"`,
      where: catchments,
      fix: `name one of ${evidence.experiments
        .slice(0, 6)
        .map((experiment) => experiment.name)
        .join(', ')} …`,
    });
  }
  const seen = paths === undefined ? undefined : await readSingleSitePaths({ file: paths, stdin });
  const users = population === undefined ? undefined : await readUsers({ file: population, stdin });
  const { graph } = await loadTopology(topology);
  const warning = outsideTopology(evidence, graph, catchments);
  if (warning !== undefined) console.error(formatProblem(warning));
  return {
    evidence,
    graph,
    ...(seen === undefined ? {} : { views: siteViews(graph, seen) }),
    ...(users === undefined ? {} : { users }),
    options: { ...defaultModelOptions, seed },
    ...(only.length === 0 ? {} : { only: new Set(only) }),
  };
}

/** All results, or those until one asked to stop; each is told on standard error as it comes, where somebody watches. */
async function collect<T>(work: Generator<T>, name: (result: T) => string, stopped: () => boolean): Promise<T[]> {
  const results: T[] = [];
  for (const result of work) {
    results.push(result);
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${results.length} ${name(result)}`);
    // The signal that asks to stop is heard between two experiments.
    await new Promise((resolve) => setImmediate(resolve));
    if (stopped()) break;
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return results;
}
