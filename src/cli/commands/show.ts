/** `nearcast show routes|neighbors`: what running agents know, as a router's command line would show it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import type { RoutesQuestion } from '../../feed/question.ts';
import type { Neighbor, ShownRoute } from '../../feed/tables.ts';
import { type Agent, type AskOptions, agentsOf, forEachAgent, printProblems, withAskOptions } from '../ask/ask.ts';
import { readPrefix } from '../ask/read-prefix.ts';
import { type NeighborRow, neighborDetails, neighborTable } from '../ask/show-neighbors.ts';
import { legend, routeTable, sorted } from '../ask/show-routes.ts';

interface RouteOptions extends AskOptions {
  readonly best?: boolean;
  readonly receivedFrom?: string;
  readonly advertisedTo?: string;
  readonly longer?: boolean;
  readonly shorter?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly limit: number;
}

export function register(command: Command): void {
  withAskOptions(command.command('routes'))
    .description('Show routes: our own and those that neighbors sent, with their verdicts')
    .argument('[prefix]', 'this prefix alone; of an address, all that hold it')
    .option('--longer', 'the prefix and all inside it')
    .option('--shorter', 'the prefix and all that hold it')
    .addOption(new Option('--best', 'the best route of each prefix alone').conflicts(['receivedFrom', 'advertisedTo']))
    .addOption(
      new Option(
        '--received-from <neighbor>',
        'what a neighbor sent, as it sent it: session, address or ASN',
      ).conflicts('advertisedTo'),
    )
    .option('--advertised-to <neighbor>', 'what a neighbor is told')
    .addOption(new Option('-4, --ipv4', 'IPv4 alone').conflicts('ipv6'))
    .option('-6, --ipv6', 'IPv6 alone')
    .option('--limit <count>', 'show so many of each PoP at most; 0: all', parseLimit, 1_000)
    .option('--json', 'print one object a line')
    .addHelpText(
      'after',
      `
Examples:
  nearcast show routes --pop fra
  nearcast show routes 198.51.100.0/24 --longer
  nearcast show routes 198.51.100.7                            the routes that hold this address, of all PoPs
  nearcast show routes --pop fra --received-from AS64501
  nearcast show routes --pop fra --advertised-to fra/0/ipv4
  nearcast show routes --socket /var/lib/nearcast --best       on the PoP's machine, with control away
  nearcast show routes --limit 0 --json | jq -r 'select(.origin == "invalid") | .prefix'

${legend}
A PoP accepts nothing of its neighbors unless the network file says so (receive: { accept: all }); refused routes are shown all
the same. No route is ever passed on or given to the kernel.`,
    )
    .action(showRoutes);

  withAskOptions(command.command('neighbors'))
    .description('Show BGP neighbors: state, uptime, routes, BFD, last error')
    .argument('[neighbor]', 'all of one: its session, address or ASN')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  nearcast show neighbors
  nearcast show neighbors --pop fra
  nearcast show neighbors fra/0/ipv4
  nearcast show neighbors --socket /var/lib/nearcast           on the PoP's machine, with control away
  nearcast show neighbors --json | jq -r '.pops[].neighbors[] | select(.phase != "established") | .name'`,
    )
    .action(showNeighbors);
  command.addHelpText(
    'after',
    '\nExamples:\n  nearcast show neighbors\n  nearcast show routes 198.51.100.0/24 --longer\n\nEnds with 5 where an agent cannot be asked; what the others answered is shown.',
  );
}

async function showRoutes(prefixText: string | undefined, options: RouteOptions): Promise<void> {
  const question = routesQuestion(prefixText, options);
  const agents = await agentsOf(options);
  let shown = 0;
  const problems = await forEachAgent(agents, async (agent) => {
    const heading = options.json === true || agents.length === 1 ? undefined : `${shown > 0 ? '\n' : ''}${agent.pop}:`;
    await printRoutes(agent, question, options, heading);
    shown++;
  });
  if (options.json !== true && shown > 0) console.log(`\n${legend}`);
  printProblems(problems);
}

function routesQuestion(prefixText: string | undefined, options: RouteOptions): RoutesQuestion {
  const { longer, shorter, best, receivedFrom, advertisedTo, ipv4, ipv6, limit } = options;
  if (prefixText === undefined && (longer === true || shorter === true)) {
    const what = `${longer === true ? '--longer' : '--shorter'} means nothing without a prefix`;
    fail({ code: 'cli.prefix', what, fix: 'give one: nearcast show routes 198.51.100.0/24 --longer' }, exitCode.usage);
  }
  if (longer === true && shorter === true) {
    fail({ code: 'cli.prefix', what: '--longer and --shorter are given', fix: 'give one of them' }, exitCode.usage);
  }
  const given = prefixText === undefined ? undefined : readPrefix(prefixText);
  const match = longer === true ? 'longer' : shorter === true || given?.address === true ? 'shorter' : 'exact';
  const neighbor = receivedFrom ?? advertisedTo;
  const table = best
    ? 'best'
    : receivedFrom !== undefined
      ? 'received'
      : advertisedTo !== undefined
        ? 'advertised'
        : 'all';
  return {
    kind: 'routes',
    table,
    ...(neighbor === undefined ? {} : { neighbor }),
    ...(ipv4 === true ? { family: 4 } : ipv6 === true ? { family: 6 } : {}),
    ...(given === undefined ? {} : { prefix: given.prefix, match }),
    ...(limit === 0 ? {} : { limit }),
  };
}

/** So many lines get their columns' widths together. */
const screen = 1_000;

async function printRoutes(
  agent: Agent,
  question: RoutesQuestion,
  { json, limit }: RouteOptions,
  heading: string | undefined,
): Promise<void> {
  let gathered: ShownRoute[] = [];
  let printed = false;
  const begin = (): void => {
    if (!printed && heading !== undefined) console.log(heading);
  };
  const flush = (): void => {
    if (gathered.length === 0) return;
    begin();
    const lines = routeTable(sorted(gathered));
    console.log(lines.slice(printed ? 1 : 0).join('\n'));
    printed = true;
    gathered = [];
  };
  for await (const line of agent.ask(question)) {
    if ('route' in line) {
      if (json === true) console.log(JSON.stringify({ ...(agent.pop && { pop: agent.pop }), ...line.route }));
      else if (gathered.push(line.route) === screen) flush();
    } else if ('end' in line) {
      flush();
      begin();
      if (!printed && json !== true) console.log('no routes');
      if (line.end.more) console.error(`there are more than ${limit} routes: --limit 0 shows all`);
    }
  }
}

async function showNeighbors(wanted: string | undefined, options: AskOptions): Promise<void> {
  const agents = await agentsOf(options);
  const answers: { pop: string; neighbors: readonly Neighbor[] }[] = [];
  const problems = await forEachAgent(agents, async (agent) => {
    const neighbors: Neighbor[] = [];
    for await (const line of agent.ask({ kind: 'neighbors' })) {
      if ('neighbor' in line) neighbors.push(line.neighbor);
      else if ('end' in line) answers.push({ pop: line.end.pop, neighbors });
    }
  });
  const pops =
    wanted === undefined
      ? answers
      : answers
          .map(({ pop, neighbors }) => ({ pop, neighbors: neighbors.filter((each) => isMeant(each, wanted)) }))
          .filter(({ neighbors }) => neighbors.length > 0);
  if (options.json === true) console.log(JSON.stringify({ pops, problems }, null, 2));
  else if (wanted === undefined) console.log(neighborTable(rowsOf(pops, agents.length > 1)).join('\n'));
  else if (pops.length > 0) {
    console.log(pops.flatMap((each) => each.neighbors.map((one) => neighborDetails(one).join('\n'))).join('\n\n'));
  }
  if (options.json !== true) printProblems(problems);
  if (wanted !== undefined && pops.length === 0) unknownNeighbor(wanted, answers);
}

function isMeant({ name, neighborAddress, peerAsn }: Neighbor, wanted: string): boolean {
  return [name, neighborAddress, String(peerAsn), `as${peerAsn}`].includes(wanted.toLowerCase());
}

function rowsOf(
  pops: readonly { readonly pop: string; readonly neighbors: readonly Neighbor[] }[],
  several: boolean,
): readonly NeighborRow[] {
  return pops.flatMap(({ pop, neighbors }) =>
    neighbors.map((neighbor) => (several ? { pop, neighbor } : { neighbor })),
  );
}

function unknownNeighbor(wanted: string, answers: readonly { readonly neighbors: readonly Neighbor[] }[]): never {
  const names = answers.flatMap(({ neighbors }) => neighbors.map(({ name }) => name));
  return fail({
    code: 'cli.unknown-neighbor',
    what: `there is no neighbor ${JSON.stringify(wanted)}`,
    fix: names.length === 0 ? 'no session is configured' : `the sessions are ${names.slice(0, 20).join(', ')}`,
  });
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a number of routes; 0 for all.');
  return value;
}
