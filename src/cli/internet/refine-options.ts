/** Options that refine a prediction: the rule for ties, who refuses the route, and what was measured. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { fail, formatProblem } from '../../base/problem.ts';
import { outsideTopology } from '../../internet/calibration/outside-topology.ts';
import { readCatchments } from '../../internet/calibration/read-catchments.ts';
import { readSingleSitePaths } from '../../internet/calibration/read-paths.ts';
import { siteViews } from '../../internet/calibration/site-view.ts';
import type { CatchmentInput, Ties } from '../../internet/catchment/catchment.ts';
import type { MeasuredSource } from '../../internet/catchment/measured.ts';
import { withPoisoned } from '../../internet/deployment/poisoned.ts';
import type { Deployment } from '../../internet/deployment/types.ts';
import { measuredSource } from '../../internet/measured/measured-source.ts';
import { foreignSites } from '../../internet/measured/sites.ts';
import { type AsGraph, numberOfAsn } from '../../internet/topology/as-graph.ts';
import { readAsns } from '../../internet/world/read-asns.ts';
import type { World } from '../../internet/world/world.ts';
import { parseAsn } from '../../ip/asn.ts';
import type { Prediction } from './world-options.ts';

export interface TieOptions {
  readonly ties: Ties;
}

export interface RefusalOptions {
  readonly rov?: string;
  readonly invalid?: boolean;
  readonly poison?: readonly number[];
}

export interface MeasuredOptions {
  readonly measured?: string;
  readonly paths?: string;
  readonly method: string;
}

export function withTieOptions(command: Command): Command {
  const rules: readonly Ties[] = ['lowest-asn', 'nearest', 'shares'];
  return command.addOption(
    new Option('--ties <rule>', 'where users land whose network has several equally good routes')
      .choices(rules)
      .default('lowest-asn' satisfies Ties),
  );
}

export function withRefusalOptions(command: Command): Command {
  return command
    .option('--invalid', 'as if RPKI called the announcement invalid: the ASes of --rov take no route to it')
    .option('--rov <file>', 'ASes that enforce origin validation, one AS number a line')
    .option('--poison <asns>', 'AS numbers put into the path, with commas between: those ASes refuse it', parseAsns);
}

export function withMeasuredOptions(command: Command): Command {
  return command
    .option('--measured <csv>', 'your own catchments: experiment,method,asn,site, with sites named as the PoPs')
    .option('--paths <csv>', 'with it, AS paths that collectors saw of each PoP alone (docs/prediction.md)')
    .option('--method <name>', 'which rows of --measured to use', 'ping');
}

function parseAsns(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const asn = parseAsn(part);
    if (asn === undefined || asn === 0) throw new InvalidArgumentError(`"${part}" is no AS number.`);
    return asn;
  });
}

export interface Refused {
  /** Numbers of ASes. */
  readonly by: ReadonlySet<number>;
  readonly deployment: Deployment;
}

/** Who refuses the route, and how it is announced then; `undefined` where nobody is asked to. */
export async function refusalOf(
  { rov, invalid, poison = [] }: RefusalOptions,
  { world, deployment }: Pick<Prediction, 'world' | 'deployment'>,
): Promise<Refused | undefined> {
  if ((rov === undefined) !== (invalid !== true)) {
    fail(
      {
        code: 'internet.invalid-alone',
        what:
          rov === undefined
            ? '--invalid needs to know who validates'
            : '--rov says who validates, and nothing is invalid',
        fix: 'give --invalid and --rov FILE together',
      },
      exitCode.usage,
    );
  }
  if (rov === undefined && poison.length === 0) return undefined;
  const numberOf = numberOfAsn(world.graph);
  const by = new Set<number>();
  for (const asn of poison) by.add(numberOf(asn) ?? unknownAs(asn));
  if (rov !== undefined) {
    const before = by.size;
    for (const asn of await readAsns({ file: rov, stdin: process.stdin })) {
      const number = numberOf(asn);
      if (number !== undefined) by.add(number);
    }
    if (by.size === before) {
      fail({
        code: 'internet.asn-list',
        what: 'none of its ASes is in the topology',
        where: rov,
        fix: 'give a list of the same Internet as the topology',
      });
    }
  }
  return { by, deployment: withPoisoned(deployment, poison.length) };
}

function unknownAs(asn: number): never {
  return fail({
    code: 'internet.asn-unknown',
    what: `AS${asn}, which --poison names, is not in the topology`,
    fix: 'name ASes that have links there',
  });
}

export interface MeasuredInput {
  readonly source: MeasuredSource;
  readonly experiments: number;
  readonly files: readonly string[];
}

/** What was measured; warnings and what takes a while go to standard error. */
export async function measuredOf(
  { measured, paths, method }: MeasuredOptions,
  { world, deployment }: Pick<Prediction, 'world' | 'deployment'>,
): Promise<MeasuredInput | undefined> {
  if (measured === undefined) {
    if (paths === undefined) return undefined;
    return fail(
      { code: 'internet.paths-alone', what: '--paths belongs to --measured, which is missing', fix: 'give both' },
      exitCode.usage,
    );
  }
  const { stdin } = process;
  const evidence = await readCatchments({ file: measured, stdin }, method);
  const graph: AsGraph = world.graph;
  const warnings = [outsideTopology(evidence, graph, measured), foreignSites(evidence, deployment, measured)];
  for (const warning of warnings) if (warning !== undefined) console.error(formatProblem(warning));
  const seen = paths === undefined ? undefined : siteViews(graph, await readSingleSitePaths({ file: paths, stdin }));
  const experiments = evidence.experiments.length;
  if (process.stderr.isTTY)
    console.error(`learning from ${experiments} experiments with ${evidence.asns.length} ASes …`);
  const source = measuredSource(
    { evidence, file: measured, ...(seen && { views: seen }) },
    { deployment, graph, others: asesWithUsers(world) },
  );
  return { source, experiments, files: [measured, ...(paths === undefined ? [] : [paths])] };
}

/** The prediction's input with all that refines it. */
export function refinedInput(
  prediction: Prediction,
  { ties, refused, measured }: { ties: Ties; refused?: Refused | undefined; measured?: MeasuredInput | undefined },
): Prediction & CatchmentInput {
  return {
    ...prediction,
    ties,
    ...(refused === undefined ? {} : { deployment: refused.deployment, refusedBy: [...refused.by] }),
    ...(measured === undefined ? {} : { measured: measured.source }),
  };
}

function* asesWithUsers({ graph, users }: World): Generator<number> {
  for (const [number, asn] of graph.asns.entries()) if ((users[number] as number) > 0) yield asn;
}
