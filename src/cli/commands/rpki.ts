/** `nearcast rpki validate PREFIX ASN`: what RPKI says of a route, and why. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { fail, formatProblem, type Problem, ProblemError } from '../../base/problem.ts';
import { systemRandom } from '../../base/random.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type Prefix, type PrefixFault, parsePrefix } from '../../ip/prefix.ts';
import { type CacheTls, formatCache, parseCacheAddress } from '../../rpki/client/address.ts';
import { fetchRpkiData } from '../../rpki/client/fetch.ts';
import { verifyPath } from '../../rpki/data/aspa-verification.ts';
import { validateOrigin } from '../../rpki/data/origin-validation.ts';
import type { RpkiData } from '../../rpki/data/rpki-data.ts';
import { parseVrpFile } from '../../rpki/data/vrp-file.ts';
import { type Answer, answerJson, answerLines } from '../show-rpki.ts';

interface Options {
  readonly cache: readonly string[];
  readonly vrps?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsName?: string;
  readonly path?: readonly number[];
  readonly from: 'customer' | 'peer' | 'provider';
  readonly timeout: number;
  readonly json?: boolean;
}

export function register(command: Command): void {
  command
    .command('validate')
    .description('Say whether an AS may announce a prefix, and by which ROAs')
    .argument('<prefix>', 'like 192.0.2.0/24')
    .argument('<asn>', 'the AS that announces it')
    .option('--cache <host:port>', 'an RTR cache; give several in order of preference', collect, [])
    .option('--tls', 'speak TLS with the caches')
    .option('--tls-ca <file>', "PEM of the authority that signed the caches' certificates, instead of the system's")
    .option('--tls-name <name>', "the name in the caches' certificates, where it is not their host")
    .option('--vrps <file>', 'a JSON file of Routinator, rpki-client or StayRTR instead of a cache')
    .option('--path <asns>', 'check this AS path by ASPA, too; nearest AS first: "64501 64500"', parsePath)
    .option('--from <who>', 'who sent us that path: customer, peer or provider', parseFrom, 'provider')
    .option('--timeout <seconds>', 'wait so long at most for the caches', parseSeconds, 60)
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `
Examples:
  nearcast rpki validate 192.0.2.0/24 64500 --cache rtr.example.net:3323
  nearcast rpki validate 192.0.2.0/24 AS64500 --cache 10.0.0.1:323 --cache 10.0.0.2:323
  nearcast rpki validate 2001:db8::/48 64500 --cache rtr.example.net:324 --tls
  nearcast rpki validate 192.0.2.0/24 64500 --vrps vrps.json --json | jq -r .state
  nearcast rpki validate 192.0.2.0/24 64500 --vrps vrps.json --path "64510 64501 64500" --from customer

Ends with 0 where the route is valid or no ROA covers it (not-found), 1 where it, or its path, is invalid,
2 where the command line is wrong, 3 where the file is, 5 where no cache could be reached.`,
    )
    .action(validate);
  command.addHelpText('after', '\nExamples:\n  nearcast rpki validate 192.0.2.0/24 64500 --cache rtr.example.net:3323');
}

async function validate(prefixText: string, asnText: string, options: Options): Promise<void> {
  const prefix = mustBePrefix(prefixText);
  const asn = parseAsn(asnText) ?? usage('rpki.asn', `${JSON.stringify(asnText)} is not an AS number`, 'write 64500');
  const { path, from } = options;
  const end = path?.at(-1) ?? asn;
  if (end !== asn) usage('rpki.path', `the path ends at AS${end}, not at AS${asn}`, 'write it nearest AS first');
  const { data, source, warnings } = await load(options);
  const answer: Answer = {
    prefix,
    asn,
    source,
    vrps: data.vrps.size,
    aspas: data.aspas.size,
    warnings,
    verdict: validateOrigin(data.vrps, prefix, asn),
    ...(path === undefined
      ? {}
      : {
          path: verifyPath(data.aspas, {
            path,
            neighborAsn: path[0] as number,
            direction: from === 'provider' ? 'downstream' : 'upstream',
          }),
        }),
  };
  if (answer.verdict.state === 'invalid' || answer.path?.state === 'invalid') process.exitCode = exitCode.failure;
  if (options.json === true) {
    console.log(JSON.stringify(answerJson(answer), null, 2));
    return;
  }
  for (const warning of warnings) console.error(`${formatProblem(warning)}\n`);
  console.log(answerLines(answer).join('\n'));
}

interface Loaded {
  readonly data: RpkiData;
  readonly source: string;
  readonly warnings: readonly Problem[];
}

async function load(options: Options): Promise<Loaded> {
  const { vrps, cache, timeout } = options;
  if (vrps === undefined && cache.length === 0) {
    usage('rpki.source', 'nothing says where the validated ROAs are', 'give --cache HOST:PORT or --vrps FILE');
  }
  if (vrps !== undefined && cache.length > 0)
    usage('rpki.source', 'both --cache and --vrps are given', 'give one of them');
  if (vrps !== undefined) return loadFile(vrps);
  const tls = tlsOf(options);
  const caches = cache.map((text) => parseCacheAddress(text, tls));
  const fetched = await fetchRpkiData({ caches, clock: systemClock, random: systemRandom() }, timeout * 1000);
  const { address, version, serial } = fetched.cache;
  const source = `cache ${formatCache(address)}, RTR version ${version}, serial ${serial}`;
  return { data: fetched.data, source, warnings: fetched.warnings };
}

function loadFile(file: string): Loaded {
  const parsed = parseVrpFile(read(file), { where: file, wallTime: systemClock.wallTime() });
  if (!parsed.ok) throw new ProblemError(parsed.problems);
  return { data: parsed.value, source: `file ${file}`, warnings: parsed.warnings };
}

function tlsOf({ tls, tlsCa, tlsName }: Options): CacheTls | undefined {
  if (tls !== true && tlsCa === undefined && tlsName === undefined) return undefined;
  return {
    ...(tlsCa === undefined ? {} : { ca: read(tlsCa) }),
    ...(tlsName === undefined ? {} : { serverName: tlsName }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return fail({ code: 'rpki.file', what: `the file cannot be read: ${(error as Error).message}`, where: file });
  }
}

function mustBePrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'object') return prefix;
  const why: Readonly<Record<PrefixFault, string>> = {
    syntax: 'is not a prefix',
    length: 'has a length that its family does not have',
    'host-bits': 'has address bits behind its length',
  };
  return usage('rpki.prefix', `${JSON.stringify(text)} ${why[prefix]}`, 'write it like 192.0.2.0/24 or 2001:db8::/48');
}

function usage(code: string, what: string, fix: string): never {
  return fail({ code, what, fix }, exitCode.usage);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parsePath(text: string): readonly number[] {
  const asns = text
    .trim()
    .split(/[\s,]+/)
    .map(parseAsn);
  if (asns.some((asn) => asn === undefined)) throw new InvalidArgumentError('give AS numbers, nearest first.');
  return asns as readonly number[];
}

function parseFrom(text: string): Options['from'] {
  if (text === 'customer' || text === 'peer' || text === 'provider') return text;
  throw new InvalidArgumentError('give customer, peer or provider.');
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 3600) {
    throw new InvalidArgumentError('give seconds, from above 0 to 3600.');
  }
  return value;
}
