/** `nearcast mrt print FILE…`: routes of MRT dumps and updates, as `bgpdump -m` prints them or as JSON. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { formatProblem, ProblemError } from '../../base/problem.ts';
import { type FilterRules, makeFilter } from '../../bgp/mrt/decode/filter.ts';
import { type PrintOptions, type PrintResult, printFile } from '../../bgp/mrt/file/print.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type Prefix, parsePrefix } from '../../ip/prefix.ts';

interface Options {
  readonly json?: boolean;
  readonly prefix: readonly Prefix[];
  readonly within: readonly Prefix[];
  readonly covering: readonly Prefix[];
  readonly origin: readonly number[];
  readonly peer: readonly (number | Address)[];
}

export function register(command: Command): void {
  command
    .command('print')
    .description('Print the routes of MRT files: RIB dumps and recorded updates')
    .argument('<file...>', 'plain, gzip or bzip2, told by its contents; - is standard input')
    .option('-m', 'one line a route, exactly as bgpdump -m prints it (the default)')
    .option('--json', 'one JSON object a route, with all attributes')
    .option('--prefix <prefix>', 'only this prefix (may be given again)', each(prefix), [])
    .option('--within <prefix>', 'only this prefix and what lies in it (may be given again)', each(prefix), [])
    .option('--covering <prefix>', 'only this prefix and what holds it (may be given again)', each(prefix), [])
    .option('--origin <asn>', 'only routes that this AS originates (may be given again)', each(asn), [])
    .option('--peer <address|asn>', 'only what this peer sent (may be given again)', each(peer), [])
    .addHelpText(
      'after',
      `
Examples:
  nearcast mrt print -m rib.20260101.0000.bz2
  curl -s https://archive.example.net/updates.gz | nearcast mrt print -m -
  nearcast mrt print --within 192.0.2.0/24 --origin AS64500 updates.*.gz
  nearcast mrt print --json rib.mrt | jq -r 'select(.attributes.largeCommunities) | .prefix'

What is damaged is told on standard error, with file and offset, and skipped.
Ends with 0; with 3 where something was damaged or a file could not be read.`,
    )
    .action(print);
}

async function print(files: readonly string[], options: Options): Promise<void> {
  const rules: FilterRules = {
    prefixes: [
      ...options.prefix.map((prefix) => ({ prefix, match: 'exact' as const })),
      ...options.within.map((prefix) => ({ prefix, match: 'within' as const })),
      ...options.covering.map((prefix) => ({ prefix, match: 'covering' as const })),
    ],
    originAsns: options.origin,
    peers: options.peer,
  };
  const filter = makeFilter(rules);
  for (const file of files) {
    const { faults } = await printed(file, {
      format: options.json === true ? 'json' : 'lines',
      ...(filter === undefined ? {} : { filter }),
      stdin: process.stdin,
      stdout: process.stdout,
      warn: (line) => console.error(line),
    });
    if (faults > 0) process.exitCode = exitCode.invalidInput;
  }
}

/** As `printFile`; a file that cannot be read is told, and those behind it are printed all the same. */
async function printed(file: string, options: PrintOptions): Promise<PrintResult> {
  try {
    return await printFile(file, options);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { faults: error.problems.length };
  }
}

/** Collects an option's values, each read by `read`. */
function each<T>(read: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => [...before, read(text)];
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'object') return parsed;
  const why = {
    syntax: 'give a prefix such as 192.0.2.0/24 or 2001:db8::/32.',
    length: 'its length is more than its family has.',
    'host-bits': 'it has bits set behind its length.',
  } as const;
  throw new InvalidArgumentError(why[parsed]);
}

function asn(text: string): number {
  const parsed = parseAsn(text);
  if (parsed === undefined) throw new InvalidArgumentError('give an AS number such as 64500 or AS64500.');
  return parsed;
}

function peer(text: string): number | Address {
  const parsed = parseAddress(text) ?? parseAsn(text);
  if (parsed === undefined) throw new InvalidArgumentError('give an address or an AS number.');
  return parsed;
}
