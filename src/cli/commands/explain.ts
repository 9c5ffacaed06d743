/** `nearcast explain route PREFIX`: why running agents reach a prefix as they do, and what each neighbour is told of it. */
import type { Command } from 'commander';
import type { Explanation } from '../../feed/tables.ts';
import { type Agent, type AskOptions, agentsOf, forEachAgent, printProblems, withAskOptions } from '../ask/ask.ts';
import { type GivenPrefix, readPrefix } from '../ask/read-prefix.ts';
import { explanationLines } from '../ask/show-explanation.ts';

export function register(command: Command): void {
  withAskOptions(command.command('route'))
    .description('Say which path to a prefix wins and why, which policy terms matched, and what each neighbor is told')
    .argument('<prefix>', 'like 192.0.2.0/24; of an address, the longest prefix that holds it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  nearcast explain route 192.0.2.0/24                          one of our own: is it announced, to whom, and why not
  nearcast explain route 198.51.100.7 --pop fra                the route that holds this address
  nearcast explain route 192.0.2.0/24 --socket /var/lib/nearcast
  nearcast explain route 192.0.2.0/24 --json | jq '.pops[] | {pop, told: [.told[] | select(.told | not) | .why]}'

> best   * usable   x refused   ✓ told, or a term that matched   ✗ not told, or a term that did not`,
    )
    .action(explain);
  command.addHelpText(
    'after',
    '\nExamples:\n  nearcast explain route 192.0.2.0/24\n  nearcast explain route 198.51.100.7 --pop fra',
  );
}

async function explain(text: string, options: AskOptions): Promise<void> {
  const given = readPrefix(text);
  const agents = await agentsOf(options);
  const answers: (Explanation & { readonly pop: string })[] = [];
  const problems = await forEachAgent(agents, async (agent) => {
    answers.push(await explained(agent, given));
  });
  if (options.json === true) {
    console.log(JSON.stringify({ pops: answers, problems }, null, 2));
    return;
  }
  console.log(answers.map(({ pop, ...answer }) => explanationLines(pop, answer).join('\n')).join('\n\n'));
  printProblems(problems);
}

/** Of an address the longest prefix that holds it; its own where none does. */
async function explained(agent: Agent, { prefix, address }: GivenPrefix) {
  const first = await ask(agent, prefix);
  const longest = first.covering.at(-1);
  return !address || first.paths.length > 0 || longest === undefined ? first : ask(agent, longest);
}

async function ask(agent: Agent, prefix: string): Promise<Explanation & { readonly pop: string }> {
  let explanation: Explanation = { prefix, paths: [], told: [], covering: [] };
  let pop = agent.pop ?? '';
  for await (const line of agent.ask({ kind: 'explain', prefix })) {
    if ('explanation' in line) explanation = line.explanation;
    else if ('end' in line) pop = line.end.pop;
  }
  return { pop, ...explanation };
}
