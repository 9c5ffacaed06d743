/** `nearcast internet predict`, `explain`, `nminus1` and `places`: who would land where, why, and what if a PoP were gone. */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { fail } from '../../base/problem.ts';
import { type CatchmentInput, noPop } from '../../internet/catchment/catchment.ts';
import { detoursOf } from '../../internet/catchment/detours.ts';
import { explainAs } from '../../internet/catchment/explain.ts';
import { eachLoss, type Loss, lossesOf } from '../../internet/catchment/nminus1.ts';
import { predictUsers, type Standing } from '../../internet/catchment/predicted.ts';
import { routeLoss } from '../../internet/catchment/route-lost.ts';
import { summarize } from '../../internet/catchment/summary.ts';
import { drawPrediction, rttsOf } from '../../internet/picture/draw.ts';
import { pngOf } from '../../internet/picture/png.ts';
import { reportHtml } from '../../internet/picture/report.ts';
import { numberOfAsn } from '../../internet/topology/as-graph.ts';
import { formatPlaces, joinPlaces } from '../../internet/world/as-places.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type By, type TableInput, writeTable } from '../internet/catchment-table.ts';
import { breathe, progressLine, watchInterrupt } from '../internet/long-work.ts';
import { writingTo } from '../internet/output.ts';
import {
  type MeasuredOptions,
  measuredOf,
  type RefusalOptions,
  refinedInput,
  refusalOf,
  type TieOptions,
  withMeasuredOptions,
  withRefusalOptions,
  withTieOptions,
} from '../internet/refine-options.ts';
import {
  comparisonLines,
  explanationLines,
  lossLines,
  popsOfGroups,
  predictionLines,
} from '../internet/show-prediction.ts';
import { refusalLines, standingText } from '../internet/show-refined.ts';
import {
  loadPrediction,
  needPlaces,
  type Prediction,
  predictionFor,
  type WorldOptions,
  withWorldOptions,
} from '../internet/world-options.ts';

interface Options extends WorldOptions, TieOptions {
  readonly json?: boolean;
}

export function registerPredict(command: Command): void {
  withMeasuredOptions(withRefusalOptions(withTieOptions(withWorldOptions(command.command('predict')))))
    .description('Predict which users land at which PoP, and how far it is for them')
    .argument('<network>', 'the network file')
    .option('--detours <count>', 'how many of the worst detours to list', parseCount, 10)
    .option('--before <network>', 'another network file to compare with: how it is today')
    .addOption(
      new Option('--by <what>', 'write a table instead: a row for each of these and PoP').choices([
        'prefix',
        'as',
        'country',
      ]),
    )
    .option('--output <file>', 'where to write the table of --by, instead of standard output')
    .option('--report <file>', 'write an HTML page that stands by itself, with maps and tables, fit for print')
    .option('--pictures <directory>', 'write the map, the shares and the distribution of times as SVG and PNG files')
    .option('--json', 'print one JSON object; with --by, one a row')
    .addHelpText(
      'after',
      `
Routing is predicted by the AS-level topology and the rules that networks choose routes by (docs/prediction.md says how often
that is right). Where one network is connected at several PoPs, its users land at the nearest of them; where it has several
equally good routes, --ties says what it does with them. docs/internet-predict.md tells of --ties, --invalid and --measured.

Examples:
  nearcast internet predict network.yaml --data internet/
  nearcast internet predict planned.yaml --before network.yaml --data internet/ --report plan.html
  nearcast internet predict network.yaml --data internet/ --measured catchments.csv --paths paths.csv
  nearcast internet predict network.yaml --data internet/ --invalid --rov enforcing-asns.txt
  nearcast internet predict network.yaml --data internet/ --by prefix --output catchment.csv
  nearcast internet predict network.yaml --topology as-rel2.txt.bz2 --users users.csv --places places.csv --json`,
    )
    .action(predict);
  withRefusalOptions(withTieOptions(withWorldOptions(command.command('explain'))))
    .description('Why an AS lands where it does: every route that it is offered, and the rule that decided')
    .argument('<network>', 'the network file')
    .argument('<asn>', 'the AS', parseOneAsn)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  nearcast internet explain network.yaml 3320 --data internet/')
    .action(explain);
  withMeasuredOptions(withTieOptions(withWorldOptions(command.command('nminus1'))))
    .description('What happens when each PoP is gone: who moves where, and which PoP is overloaded then')
    .argument('<network>', 'the network file')
    .option('--capacity <pop=users>', 'how many users a PoP can serve; may be given again', collectCapacity)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  nearcast internet nminus1 network.yaml --data internet/ --capacity fra=500000000',
    )
    .action(nMinusOne);
  command
    .command('places')
    .description('Make a table of the countries and names of ASes from two tables of address ranges')
    .requiredOption('--asn-ranges <file>', 'rows first,last,asn,name: asn-ipv4.csv of @ip-location-db/asn')
    .requiredOption(
      '--country-ranges <file>',
      'rows first,last,country: …-ipv4.csv of @ip-location-db/geo-whois-asn-country',
    )
    .requiredOption('--output <file>', 'the table to write')
    .addHelpText(
      'after',
      '\nExamples:\n  nearcast internet places --asn-ranges asn-ipv4.csv --country-ranges geo-whois-asn-country-ipv4.csv --output places.csv',
    )
    .action(places);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > 100_000)
    throw new InvalidArgumentError('It is a number from 0 on.');
  return count;
}

function parseOneAsn(text: string): number {
  const asn = parseAsn(text);
  if (asn === undefined) throw new InvalidArgumentError(`"${text}" is no AS number.`);
  return asn;
}

function collectCapacity(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const [, pop, users] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (pop === undefined) throw new InvalidArgumentError('Write POP=USERS, for example fra=500000000.');
  return new Map([...before, [pop, Number(users)]]);
}

interface PredictOptions extends Options, RefusalOptions, MeasuredOptions {
  readonly detours: number;
  readonly by?: By;
  readonly output?: string;
  readonly before?: string;
  readonly report?: string;
  readonly pictures?: string;
}

async function predict(network: string, options: PredictOptions): Promise<void> {
  if (options.output !== undefined && options.by === undefined) {
    fail({
      code: 'internet.output-alone',
      what: '--output is where the table of --by goes, and there is none',
      fix: 'add --by prefix, as or country; the page is written by --report, pictures by --pictures',
    });
  }
  const prediction = await loadPrediction(network, options);
  if (options.by === undefined || options.by === 'country') needPlaces(prediction);
  const before = options.before === undefined ? undefined : compared(options.before, prediction, options);
  const refused = await refusalOf(options, prediction);
  const measured = await measuredOf(options, prediction);
  const { ties } = options;
  const input = refinedInput(prediction, { ties, refused, measured });
  const lost =
    refused === undefined
      ? undefined
      : routeLoss(
          prediction.world,
          {
            before: predictUsers(refinedInput(prediction, { ties, measured })),
            after: predictUsers(input),
            refusing: refused.by,
          },
          options.detours,
        );
  // Last, for the engine's arrays are those of the latest prediction.
  const { catchment, standing, input: landed } = predictUsers(input);
  const shown = { ...prediction, ...landed };
  const summary = summarize(catchment, shown);
  const detours = detoursOf(catchment, shown, options.detours);
  const stands =
    standing === undefined || measured === undefined
      ? undefined
      : standingText(standing, {
          experiments: measured.experiments,
          users: summary.all.users,
          pops: shown.deployment.pops,
        });
  const { world, latency, document } = prediction;
  if (options.by !== undefined) await table(options, { prediction: shown, catchment, summary, by: options.by });
  else if (options.json === true) {
    const { usersNowhere, usersOutside } = world;
    const more = {
      ties,
      ...(before && { before: before.summary }),
      ...(lost && { refused: lost }),
      ...(standing && { measured: { ...standing, ...popNames(standing, shown), experiments: measured?.experiments } }),
    };
    console.log(
      JSON.stringify({ ...summary, usersNowhere, usersOutside, latencyError: latency.error, detours, ...more }),
    );
  } else {
    console.log(predictionLines(summary, detours, prediction).join('\n'));
    if (stands !== undefined) console.log(`\n${stands}`);
    if (lost !== undefined) console.log(`\n${refusalLines(lost).join('\n')}`);
    if (before !== undefined) console.log(`\n${comparisonLines(before.summary, summary).join('\n')}`);
  }
  if (options.report === undefined && options.pictures === undefined) return;
  const drawn = drawPrediction({
    network: document.network,
    input: shown,
    catchment,
    summary,
    detours,
    ...(before && { before }),
  });
  const { pictures, report } = options;
  if (pictures !== undefined) await writingTo(pictures, () => writePictures(pictures, drawn));
  if (report === undefined) return;
  const html = reportHtml({
    network: document.network,
    date: new Date(systemClock.wallTime()).toISOString().slice(0, 10),
    summary,
    detours,
    losses: lossesOf(input, new Map()),
    ...(before && { before }),
    trust: stands === undefined ? howFarToTrust : `${stands} ${howFarToTrust}`,
    world,
    latency,
    sources: [...prediction.sources, ...(measured?.files ?? []).map((file) => basename(file))],
    pictures: drawn,
  });
  await writingTo(report, () => writeFileAtomic(report, Buffer.from(html), 0o644));
  console.error(`${report}: the report`);
}

async function table(
  { json, output, family }: PredictOptions,
  input: Pick<TableInput, 'prediction' | 'catchment' | 'summary' | 'by'>,
): Promise<void> {
  if (input.by === 'prefix' && family === 6) {
    fail({
      code: 'internet.ranges-family',
      what: 'tables of address ranges are of IPv4, and this prediction is of IPv6',
      fix: 'leave --family 6 out, or ask --by as',
    });
  }
  const wanted = { ...input, json: json === true, ...(output === undefined ? {} : { output }) };
  const rows = await writingTo(output ?? 'standard output', () => writeTable(wanted));
  if (output !== undefined) console.error(`${output}: ${rows} rows`);
}

const howFarToTrust =
  'Where users land is predicted from contracts between networks that nobody publishes and others have inferred. Measured against real catchments of a testbed, such a model alone was right for about two thirds of all networks; with the operator’s own measurements it gets better (docs/prediction.md). Take the picture as a whole, and measure before relying on one line of it.';

function popNames({ pops, unmeasuredPops }: Standing, { deployment }: Pick<CatchmentInput, 'deployment'>) {
  const named = (list: readonly number[]) => list.map((pop) => deployment.pops[pop]?.name);
  return { pops: named(pops), unmeasuredPops: named(unmeasuredPops) };
}

/** The other network in the same world, announced as it is and refused by nobody. */
function compared(file: string, prediction: Prediction, { family, ties }: Options) {
  const { input, catchment } = predictUsers({ ...predictionFor(file, prediction, family), ties });
  return { name: file, summary: summarize(catchment, input), rtt: rttsOf(input, catchment).actual };
}

async function writePictures(directory: string, pictures: Readonly<Record<string, string>>): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const [name, svg] of Object.entries(pictures)) {
    writeFileAtomic(join(directory, `${name}.svg`), Buffer.from(svg), 0o644);
    writeFileAtomic(join(directory, `${name}.png`), await pngOf(svg), 0o644);
  }
  console.error(`${directory}: ${Object.keys(pictures).join(', ')}, each as SVG and PNG`);
}

async function explain(network: string, asn: number, options: Options & RefusalOptions): Promise<void> {
  const prediction = await loadPrediction(network, options);
  const { world } = prediction;
  const number = numberOfAsn(world.graph)(asn);
  if (number === undefined) {
    return fail({
      code: 'internet.asn-unknown',
      what: `AS${asn} is not in the topology`,
      fix: 'name an AS that has links there',
    });
  }
  const refused = await refusalOf(options, prediction);
  const input = refinedInput(prediction, { ties: options.ties, refused });
  const { catchment, input: landed } = predictUsers(input);
  const { routes, tied } = catchment;
  const { deployment, refusedBy } = landed;
  const explanation = explainAs(world.graph, number, {
    routes,
    deployment,
    ...(tied && { tied }),
    ...(refusedBy && { refusedBy }),
  });
  const { cellStart } = landed.world;
  const cells = [...catchment.pop.subarray(cellStart[number], cellStart[number + 1])];
  const landsAt = [...new Set(cells.filter((pop) => pop !== noPop))].map((pop) => deployment.pops[pop]?.name ?? '');
  if (options.json === true) {
    const offers = explanation.offers.map(({ groups, ...offer }) => ({
      ...offer,
      pops: popsOfGroups(deployment, groups),
    }));
    console.log(JSON.stringify({ asn, name: world.nameOf(asn), landsAt, offers }));
  } else {
    console.log(explanationLines(explanation, { world, deployment, landsAt }).join('\n'));
  }
}

async function nMinusOne(
  network: string,
  options: Options & MeasuredOptions & { readonly capacity?: ReadonlyMap<string, number> },
): Promise<void> {
  const prediction = await loadPrediction(network, options);
  needPlaces(prediction);
  const capacity = options.capacity ?? new Map<string, number>();
  for (const pop of capacity.keys()) {
    if (prediction.deployment.pops.some(({ name }) => name === pop)) continue;
    fail({
      code: 'internet.pop-unknown',
      what: `the network has no PoP "${pop}"`,
      where: network,
      fix: 'name one that it has',
    });
  }
  const measured = await measuredOf(options, prediction);
  const input = refinedInput(prediction, { ties: options.ties, measured });
  const losses: Loss[] = [];
  const all = prediction.deployment.pops.length;
  const interruption = watchInterrupt();
  const progress = progressLine(all, 'PoPs');
  for (const loss of eachLoss(input, capacity)) {
    losses.push(loss);
    progress.show(losses.length);
    await breathe();
    if (interruption.asked()) break;
  }
  interruption.end();
  progress.end();
  const interrupted = losses.length < all;
  if (options.json === true) console.log(JSON.stringify({ losses, interrupted }));
  else console.log(lossLines(losses).join('\n'));
  if (interrupted) console.error(`interrupted: ${losses.length} of ${all} PoPs`);
}

async function places(options: {
  readonly asnRanges: string;
  readonly countryRanges: string;
  readonly output: string;
}): Promise<void> {
  const { stdin } = process;
  const joined = await joinPlaces({ file: options.asnRanges, stdin }, { file: options.countryRanges, stdin });
  await writingTo(options.output, () => writeFileAtomic(options.output, Buffer.from(formatPlaces(joined)), 0o644));
  console.log(`${options.output}: ${joined.size} ASes`);
}
