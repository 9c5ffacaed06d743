/** `nearcast internet search`: a better set-up of PoPs, sessions, prepends and communities, as a plan of steps with their effects. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { adjacent } from '../../internet/deployment/adjacent.ts';
import { sessionsOf } from '../../internet/deployment/deployment.ts';
import { constraintsOf } from '../../internet/search/constraints.ts';
import { planOf } from '../../internet/search/plan.ts';
import { Scorer } from '../../internet/search/scores.ts';
import { type Aim, search } from '../../internet/search/search.ts';
import { spaceOf, type Vary } from '../../internet/search/space.ts';
import { findProvider } from '../../network/provider/table.ts';
import { breathe, progressLine, watchInterrupt } from '../internet/long-work.ts';
import { searchLines } from '../internet/show-search.ts';
import {
  loadPrediction,
  needPlaces,
  type Prediction,
  type WorldOptions,
  withWorldOptions,
} from '../internet/world-options.ts';

const aims: readonly Aim[] = ['mean', 'p90', 'p99', 'balance'];
const variations: readonly Vary[] = ['pops', 'sessions', 'prepends', 'avoid'];

interface Options extends WorldOptions {
  readonly aim: readonly [Aim, Aim?];
  readonly vary: readonly Vary[];
  readonly maximumPrepend: number;
  readonly changes?: number;
  readonly capacity: ReadonlyMap<string, number>;
  readonly cost: ReadonlyMap<string, number>;
  readonly budget?: number;
  readonly nminus1P90?: number;
  readonly nminus1Capacity?: boolean;
  readonly predictions: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function registerSearch(command: Command): void {
  withWorldOptions(command.command('search'))
    .description(
      'Search for a better set-up of the network, and show it as a plan of steps with their predicted effects',
    )
    .argument('<network>', 'the network file: today’s set-up, with every PoP and session that may be used')
    .addOption(
      new Option('--aim <aim[,aim]>', `what to make small: ${aims.join(', ')}; of two, the front`)
        .argParser(parseAims)
        .default(['mean'] as [Aim], 'mean'),
    )
    .addOption(
      new Option('--vary <what[,what…]>', `what may change: ${variations.join(', ')}`)
        .argParser(parseVary)
        .default(['prepends', 'avoid'] as Vary[], 'prepends,avoid'),
    )
    .option('--maximum-prepend <copies>', 'the most copies of your ASN to add', parseWhole, 3)
    .option('--changes <count>', 'at most so many changes from today', parseWhole)
    .option('--capacity <pop=users>', 'how many users a PoP can serve; may be given again', collect, new Map())
    .option('--cost <pop=amount>', 'what a PoP costs; may be given again', collect, new Map())
    .option('--budget <amount>', 'what all announcing PoPs may cost together', parseWhole)
    .option('--nminus1-p90 <ms>', 'whichever PoP is gone: 90 % of users within this time', parseWhole)
    .option('--nminus1-capacity', 'whichever PoP is gone: no other beyond its capacity')
    .option('--predictions <count>', 'how much to spend', parseWhole, 1000)
    .option('--seed <number>', 'the same seed finds the same plan', parseWhole, 1)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Ctrl-C ends the search with the best that it has found.

Examples:
  nearcast internet search network.yaml --data internet/
  nearcast internet search network.yaml --data internet/ --vary pops,prepends --changes 4 --aim p90
  nearcast internet search network.yaml --data internet/ --aim mean,balance --capacity fra=500000000 --nminus1-capacity`,
    )
    .action(run);
}

function parseAims(text: string): [Aim, Aim?] {
  const wanted = text.split(',');
  for (const aim of wanted)
    if (!(aims as readonly string[]).includes(aim))
      throw new InvalidArgumentError(`"${aim}" is none of ${aims.join(', ')}.`);
  if (wanted.length > 2 || new Set(wanted).size < wanted.length)
    throw new InvalidArgumentError('Name one aim, or two different ones.');
  return wanted as [Aim, Aim?];
}

function parseVary(text: string): Vary[] {
  const wanted = text.split(',');
  for (const vary of wanted) {
    if (!(variations as readonly string[]).includes(vary))
      throw new InvalidArgumentError(`"${vary}" is none of ${variations.join(', ')}.`);
  }
  return wanted as Vary[];
}

function parseWhole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It is a whole number from 0 on.');
  return number;
}

function collect(text: string, before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const [, pop, amount] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (pop === undefined) throw new InvalidArgumentError('Write POP=NUMBER.');
  return new Map([...before, [pop, Number(amount)]]);
}

async function run(network: string, options: Options): Promise<void> {
  const prediction = await loadPrediction(network, options);
  needPlaces(prediction);
  const { world, distances, engine, document } = prediction;
  for (const pop of [...options.capacity.keys(), ...options.cost.keys()]) {
    if (document.pops[pop] !== undefined) continue;
    fail({
      code: 'internet.pop-unknown',
      what: `the network has no PoP "${pop}"`,
      where: network,
      fix: 'name one that it has',
    });
  }
  if (options.budget !== undefined && options.cost.size === 0) {
    fail({
      code: 'internet.search-options',
      what: 'a budget binds nothing where no PoP costs anything',
      fix: 'say what each PoP costs: --cost fra=100',
    });
  }
  if (options.nminus1Capacity === true && options.capacity.size === 0) {
    fail({
      code: 'internet.search-options',
      what: 'no PoP can be beyond its capacity where none is given',
      fix: 'say how many users each PoP can serve: --capacity fra=500000000',
    });
  }
  if (options.predictions === 0) {
    fail({
      code: 'internet.no-predictions',
      what: 'a search of no predictions finds nothing',
      fix: 'give --predictions 1000',
    });
  }
  const { space, pops, context } = searchSpace(prediction, options);
  const scorer = new Scorer({ space, world, pops, context, distances, engine, capacity: options.capacity });
  const today = scorer.scores(space.today);
  const interruption = watchInterrupt();
  const progress = progressLine(options.predictions, 'predictions');
  const limits = {
    minimumPops: document.safety.minimumAnnouncers,
    capacity: options.capacity,
    cost: options.cost,
    nMinusOneCapacity: options.nminus1Capacity === true,
    ...(options.changes === undefined ? {} : { maximumChanges: options.changes }),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
    ...(options.nminus1P90 === undefined ? {} : { nMinusOneP90Ms: options.nminus1P90 }),
  };
  const result = await search({
    space,
    scorer,
    constraints: constraintsOf(limits, space, today),
    aims: options.aim,
    maximumPredictions: options.predictions,
    random: seededRandom(options.seed),
    interrupted: interruption.asked,
    progress: progress.show,
    pause: breathe,
  });
  interruption.end();
  progress.end();
  const plans = result.front.map((candidate) => ({
    candidate,
    steps: planOf(candidate.setup, space, scorer, options.aim[0]),
  }));
  if (result.front.length === 0) process.exitCode = exitCode.failure;
  if (options.json === true) {
    const { front: _front, ...rest } = result;
    const shown = plans.map(({ candidate, steps }) => ({ scores: candidate.scores, steps }));
    console.log(JSON.stringify({ ...rest, pops: space.popNames, today, plans: shown }));
  } else {
    console.log(searchLines(result, today, plans, space.popNames).join('\n'));
  }
}

function searchSpace({ document, world, links }: Prediction, { family, vary, maximumPrepend }: Options) {
  const { pops, sessions, context } = sessionsOf(document, world.graph, { family, links });
  const avoidable = sessions.map(({ location, neighborAsn, where }) => {
    const provider = providerAt(document, where);
    if (provider?.actions.avoid === undefined) return []; // nobody there would obey
    if (location !== undefined) {
      return [...location.neighbors].flatMap(([asn, type]) =>
        type === 'provider' && context.numberOf(asn) !== undefined ? [asn] : [],
      );
    }
    const number = context.numberOf(neighborAsn);
    return number === undefined
      ? []
      : adjacent(world.graph, number).providers.map((at) => world.graph.asns[at] as number);
  });
  const popNames = pops.map(({ name }) => name);
  return { pops, context, space: spaceOf({ sessions, popNames, vary: new Set(vary), maximumPrepend, avoidable }) };
}

function providerAt(document: Prediction['document'], where: string) {
  const [, pop = '', index] = /^pops\.(.*)\.sessions\[(\d+)\]$/.exec(where) ?? [];
  const id = document.pops[pop]?.sessions[Number(index)]?.provider;
  return id === undefined ? undefined : findProvider(id);
}
