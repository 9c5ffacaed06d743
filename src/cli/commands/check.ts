/** `nearcast check FILE`: all problems of a network file, located, and what the network amounts to. */
import type { Command } from 'commander';
import { exitCode } from '../../base/exit-codes.ts';
import { formatProblem } from '../../base/problem.ts';
import { compileNetwork } from '../../network/compile.ts';
import { loadNetworkFile } from '../../network/load.ts';
import { describeNetwork, summarize } from '../../network/summary.ts';

export function register(command: Command): void {
  command
    .argument('<file>', 'the network file')
    .option('--production', 'make errors of what is fit for a lab only: documentation prefixes, private ASNs')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  nearcast check network.yaml
  nearcast check --production network.yaml     before a rollout
  nearcast check --json network.yaml | jq '.problems[].code'

Ends with 0 where there are no errors (warnings may be), 3 where there are.`,
    )
    .action((file: string, options: { production?: boolean; json?: boolean }) => {
      const result = loadNetworkFile(file, { production: options.production ?? false });
      const problems = result.ok ? result.warnings : result.problems;
      const summary = result.ok ? summarize(result.value, compileNetwork(result.value)) : undefined;
      if (!result.ok) process.exitCode = exitCode.invalidInput;
      if (options.json === true) {
        console.log(
          JSON.stringify({ ok: result.ok, file, problems, ...(summary === undefined ? {} : { summary }) }, null, 2),
        );
        return;
      }
      for (const problem of problems) console.log(`${formatProblem(problem)}\n`);
      if (summary !== undefined) console.log(`${describeNetwork(summary)}\n`);
      console.log(verdict(file, problems.filter(({ severity }) => severity === 'error').length, problems.length));
    });
}

function verdict(file: string, errors: number, all: number): string {
  const count = (n: number, noun: string): string => `${n === 0 ? 'no' : n} ${noun}${n === 1 ? '' : 's'}`;
  return `${file}: ${count(errors, 'error')}, ${count(all - errors, 'warning')}`;
}
