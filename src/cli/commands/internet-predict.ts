/** `nearcast internet predict`, `explain`, `nminus1` and `places`: who would land where, why, and what if a PoP were gone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { fail } from '../../base/problem.ts';
import { catchmentOf, noPop } from '../../internet/catchment/catchment.ts';
import { detoursOf } from '../../internet/catchment/detours.ts';
import { explainAs } from '../../internet/catchment/explain.ts';
import { eachLoss, type Loss, lossesOf } from '../../internet/catchment/nminus1.ts';
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
import { comparisonLines, explanationLines, lossLines, predictionLines } from '../internet/show-prediction.ts';
import {
  loadPrediction,
  needPlaces,
  type Prediction,
  predictionFor,
  type WorldOptions,
  withWorldOptions,
} from '../internet/world-options.ts';

interface Options extends WorldOptions {
  readonly json?: boolean;
}

export function registerPredict(command: Command): void {
  withWorldOptions(command.command('predict'))
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
that is right). Where one network is connected at several PoPs, its users land at the nearest of them.

Examples:
  nearcast internet predict network.yaml --data internet/
  nearcast internet predict planned.yaml --before network.yaml --data internet/ --report plan.html
  nearcast internet predict network.yaml --data internet/ --by prefix --output catchment.csv
  nearcast internet predict network.yaml --topology as-rel2.txt.bz2 --users users.csv --places places.csv --json`,
    )
    .action(predict);
  withWorldOptions(command.command('explain'))
    .description('Why an AS lands where it does: every route that it is offered, and the rule that decided')
    .argument('<network>', 'the network file')
    .argument('<asn>', 'the AS', parseOneAsn)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  nearcast internet explain network.yaml 3320 --data internet/')
    .action(explain);
  withWorldOptions(command.command('nminus1'))
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

interface PredictOptions extends Options {
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
  const catchment = catchmentOf(prediction);
  const summary = summarize(catchment, prediction);
  const detours = detoursOf(catchment, prediction, options.detours);
  const { world, latency, document } = prediction;
  if (options.by !== undefined) await table(options, { prediction, catchment, summary, by: options.by });
  else if (options.json === true) {
    const { usersNowhere, usersOutside } = world;
    const earlier = before === undefined ? {} : { before: before.summary };
    console.log(
      JSON.stringify({ ...summary, usersNowhere, usersOutside, latencyError: latency.error, detours, ...earlier }),
    );
  } else {
    console.log(predictionLines(summary, detours, prediction).join('\n'));
    if (before !== undefined) console.log(`\n${comparisonLines(before.summary, summary).join('\n')}`);
  }
  if (options.report === undefined && options.pictures === undefined) return;
  const drawn = drawPrediction({
    network: document.network,
    input: prediction,
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
    losses: lossesOf(prediction, new Map()),
    ...(before && { before }),
    trust: howFarToTrust,
    world,
    latency,
    sources: prediction.sources,
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

/** The other network in the same world. */
function compared(file: string, prediction: Prediction, { family }: WorldOptions) {
  const input = predictionFor(file, prediction, family);
  const catchment = catchmentOf(input);
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

async function explain(network: string, asn: number, options: Options): Promise<void> {
  const prediction = await loadPrediction(network, options);
  const { world, deployment } = prediction;
  const number = numberOfAsn(world.graph)(asn);
  if (number === undefined) {
    return fail({
      code: 'internet.asn-unknown',
      what: `AS${asn} is not in the topology`,
      fix: 'name an AS that has links there',
    });
  }
  const catchment = catchmentOf(prediction);
  const explanation = explainAs(world.graph, number, { routes: catchment.routes, deployment });
  const cells = [...catchment.pop.subarray(world.cellStart[number], world.cellStart[number + 1])];
  const landsAt = [...new Set(cells.filter((pop) => pop !== noPop))].map((pop) => deployment.pops[pop]?.name ?? '');
  if (options.json === true) {
    const offers = explanation.offers.map(({ group, ...offer }) => ({
      ...offer,
      pops: (deployment.groups[group]?.pops ?? []).map((pop) => deployment.pops[pop]?.name),
    }));
    console.log(JSON.stringify({ asn, name: world.nameOf(asn), landsAt, offers }));
  } else {
    console.log(explanationLines(explanation, { world, deployment, landsAt }).join('\n'));
  }
}

async function nMinusOne(
  network: string,
  options: Options & { readonly capacity?: ReadonlyMap<string, number> },
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
  const losses: Loss[] = [];
  const all = prediction.deployment.pops.length;
  const interruption = watchInterrupt();
  const progress = progressLine(all, 'PoPs');
  for (const loss of eachLoss(prediction, capacity)) {
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
