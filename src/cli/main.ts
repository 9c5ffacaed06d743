/**
 * The command line. Loads the one command that is called, so that none waits for the others' code.
 *
 * Errors: a `ProblemError` is printed as problems and ends with its exit code; anything else is a bug and prints its stack.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCode } from '../base/exit-codes.ts';
import { formatProblem, ProblemError, problemsOf } from '../base/problem.ts';
import { commands } from './commands.ts';

function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

const examples = `
Examples:
  nearcast lab                        run the quickstart network: three PoPs, an Internet, two services
  nearcast check network.yaml         all problems of a network file, located
  nearcast status                     PoPs, sessions and what each vantage reaches
  nearcast pop drain fra              move Frankfurt's users away, without losing a request
  nearcast COMMAND --help             options and examples of one command`;

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('nearcast')
    .description('Build and run your own anycast network.')
    .version(packageVersion(), '-V, --version')
    .helpCommand(false)
    .addHelpText('after', examples);
  for (const row of commands) {
    const command = program.command(row.name).description(row.summary);
    if (row.name === argv[0]) (await row.load()).register(command);
  }
  program.exitOverride();
  for (const command of program.commands) overrideExit(command);
  await program.parseAsync([...argv], { from: 'user' });
}

function overrideExit(command: Command): void {
  command.exitOverride().showSuggestionAfterError(true);
  for (const sub of command.commands) overrideExit(sub);
}

// `nearcast … | head` is no failure: whoever read our output has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode.ok);
  console.error(problemsOf(error).map(formatProblem).join('\n')); // a full disk, say: half an answer must not pass for one
  process.exit(exitCode.failure);
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  } else if (error instanceof ProblemError) {
    console.error(error.problems.map(formatProblem).join('\n'));
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
