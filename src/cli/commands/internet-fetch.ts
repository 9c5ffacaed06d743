/** `nearcast internet fetch`: all that a prediction needs, from public places, into one data directory. */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { formatProblem, ProblemError } from '../../base/problem.ts';
import { configuredRegistry } from '../../internet/fetch/npm-package.ts';
import { fetchPlaces } from '../../internet/fetch/places.ts';
import { fetchRoundTrips, roundTripCities, roundTripPairs } from '../../internet/fetch/round-trips.ts';
import { caidaDirectory, fetchTopology } from '../../internet/fetch/topology.ts';
import { apnicUsers, fetchUsers } from '../../internet/fetch/users.ts';
import { writingTo } from '../internet/output.ts';
import { people } from '../internet/show-prediction.ts';

const parts = ['topology', 'places', 'users', 'rtt'] as const;
type Part = (typeof parts)[number];

interface FetchCommandOptions {
  readonly data: string;
  readonly only: readonly Part[];
  readonly date?: string;
  readonly from: string;
  readonly registry?: string;
  readonly usersFrom: string;
  readonly rttCitiesFrom: string;
  readonly rttPairsFrom: string;
  readonly json?: boolean;
}

export function registerFetch(command: Command): void {
  command
    .command('fetch')
    .description(
      'Download what predictions need (AS relationships, places, users, round-trip times) into one directory',
    )
    .option('--data <directory>', 'where to keep it', 'internet')
    .option('--only <part[,part…]>', `only these: ${parts.join(', ')}`, parseParts, parts)
    .option('--date <yyyymmdd>', 'the AS relationships of that day, instead of the newest', parseDate)
    .option('--from <url>', 'another directory with AS relationships', caidaDirectory)
    .option('--registry <url>', 'the npm registry that the places come from (default: the one that npm is set up with)')
    .option('--users-from <url>', 'another address of APNIC’s answer', apnicUsers)
    .option('--rtt-cities-from <url>', 'another table of cities', roundTripCities)
    .option('--rtt-pairs-from <url>', 'another table of round-trip times between them', roundTripPairs)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Some 50 MB. A download that broke off goes on where it stopped; what fails leaves the other parts, and what was there before, as
they are. The sources' terms are in docs/internet-data.md: use the files, name the sources, and do not pass the files on.

Examples:
  nearcast internet fetch
  nearcast internet fetch --only users,topology
  nearcast internet predict network.yaml --data internet/`,
    )
    .action(run);
}

/** What was fetched of one part: for `--json`, and for people. */
interface Fetched {
  readonly result: object;
  readonly lines: readonly string[];
}

async function run(options: FetchCommandOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  const fetchers: Readonly<Record<Part, (onProgress: Progress) => Promise<Fetched>>> = {
    topology: (onProgress) => topology(options, stop.signal, onProgress),
    places: (onProgress) => places(options, stop.signal, onProgress),
    users: (onProgress) => users(options, stop.signal, onProgress),
    rtt: (onProgress) => roundTrips(options, stop.signal, onProgress),
  };
  const results: Partial<Record<Part, object>> = {};
  let failure: ProblemError | undefined;
  for (const part of parts) {
    if (!options.only.includes(part) || stop.signal.aborted) continue;
    const progress = progressLine(part);
    try {
      const { result, lines } = await writingTo(options.data, () => fetchers[part](progress.show));
      progress.end();
      results[part] = result;
      if (options.json !== true) console.log(lines.join('\n'));
    } catch (error) {
      progress.end();
      // One source that is away must not keep the others.
      if (!(error instanceof ProblemError)) throw error;
      failure ??= error;
      for (const problem of error.problems) console.error(formatProblem(problem));
    }
  }
  if (options.json === true) console.log(JSON.stringify(results));
  if (failure !== undefined) process.exitCode = failure.exitCode;
}

async function topology({ data, from, date }: FetchCommandOptions, signal: AbortSignal, onProgress: Progress) {
  const day = date === undefined ? {} : { date };
  const result = await fetchTopology({ from, directory: data, clock: systemClock, signal, onProgress, ...day });
  const { file, graphFile, alreadyThere, ases, links } = result;
  const lines = [
    `${file}${there(alreadyThere)}: ${ases} ASes, ${links} links`,
    `${graphFile}: the same, which loads in milliseconds`,
  ];
  return { result, lines };
}

async function places({ data, registry }: FetchCommandOptions, signal: AbortSignal, onProgress: Progress) {
  const result = await fetchPlaces({
    registry: registry ?? (await configuredRegistry()),
    directory: data,
    clock: systemClock,
    signal,
    onProgress: (what, bytes, all) => onProgress(bytes, all, what),
  });
  const { file, rangesFile, alreadyThere, ases, from } = result;
  const lines = alreadyThere
    ? [`${file}${there(true)}: of ${from}`]
    : [`${file}: where ${ases} ASes are, of ${from}`, `${rangesFile}: which AS announces which addresses`];
  return { result, lines };
}

async function users({ data, usersFrom }: FetchCommandOptions, signal: AbortSignal, onProgress: Progress) {
  const result = await fetchUsers({ from: usersFrom, directory: data, clock: systemClock, signal, onProgress });
  const { file, ases, date } = result;
  const lines = [`${file}: ${people(result.users)} users in ${ases} ASes, of ${date}`];
  return { result, lines };
}

async function roundTrips(options: FetchCommandOptions, signal: AbortSignal, onProgress: Progress) {
  const result = await fetchRoundTrips({
    cities: options.rttCitiesFrom,
    pairs: options.rttPairsFrom,
    directory: options.data,
    clock: systemClock,
    signal,
    onProgress,
  });
  const { citiesFile, pairsFile, cities, pairs } = result;
  return { result, lines: [`${citiesFile}, ${pairsFile}: round-trip times of ${pairs} pairs of ${cities} cities`] };
}

function there(already: boolean): string {
  return already ? ' (was there already)' : '';
}

type Progress = (bytes: number, all: number | undefined, what?: string) => void;

/** On a terminal: one line, five times a second. */
function progressLine(part: Part): { readonly show: Progress; readonly end: () => void } {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  let shown = 0;
  return {
    show: (bytes, all, what = part) => {
      if (process.stderr.isTTY !== true || systemClock.now() - shown < 200) return;
      shown = systemClock.now();
      process.stderr.write(`\r\u001b[K${what}: ${megabytes(bytes)} of ${all === undefined ? '?' : megabytes(all)} MB`);
    },
    end: () => {
      if (shown > 0) process.stderr.write('\r\u001b[K');
    },
  };
}

function parseParts(text: string): readonly Part[] {
  const wanted = text.split(',').map((part) => part.trim());
  for (const part of wanted) {
    if (!(parts as readonly string[]).includes(part))
      throw new InvalidArgumentError(`"${part}" is none of ${parts.join(', ')}.`);
  }
  return wanted as Part[];
}

function parseDate(text: string): string {
  if (!/^\d{8}$/.test(text)) throw new InvalidArgumentError('A date is eight digits: 20250901.');
  return text;
}
