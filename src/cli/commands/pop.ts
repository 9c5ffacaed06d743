/** `nearcast pop list|drain|resume`: PoPs, and taking one out of service and back. */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { popListSchema } from '../../control/api/schemas.ts';
import { type ApiOptions, apiClient, withApiOptions } from '../client.ts';
import { changePop } from '../pop-change.ts';
import { popLines } from '../show-status.ts';

interface ChangeOptions extends ApiOptions {
  readonly force?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
  readonly timeout: number;
}

export function register(command: Command): void {
  withApiOptions(command.command('list'))
    .description('List the PoPs')
    .option('--json', 'print what the API answers')
    .addHelpText('after', '\nExamples:\n  nearcast pop list\n  nearcast pop list --json')
    .action(async (options: ApiOptions & { json?: boolean }) => {
      const { pops } = await apiClient(options).get('/api/v1/pops', popListSchema);
      console.log(options.json === true ? JSON.stringify({ pops }, null, 2) : popLines(pops).join('\n'));
    });

  changeCommand(command.command('drain'))
    .description('Move the users of a PoP away, then withdraw its routes')
    .option('--force', 'also where too few other PoPs would announce: its users may lose service')
    .addHelpText(
      'after',
      `
Examples:
  nearcast pop drain fra                         and wait until it is drained
  nearcast pop drain fra --reason "kernel update"
  nearcast pop drain fra --no-wait

Ctrl-C ends the waiting; the drain goes on. nearcast pop resume takes it back.
Ends with 4 where no other PoP, or too few, would announce.`,
    )
    .action((name: string, options: ChangeOptions) => change('drain', name, options));

  changeCommand(command.command('resume'))
    .description('Put a drained PoP back into service')
    .addHelpText('after', '\nExamples:\n  nearcast pop resume fra\n  nearcast pop resume fra --no-wait')
    .action((name: string, options: ChangeOptions) => change('resume', name, options));

  command.addHelpText(
    'after',
    `
Examples:
  nearcast pop list
  nearcast pop drain fra
  nearcast pop resume fra`,
  );
}

function changeCommand(command: Command): Command {
  return withApiOptions(command)
    .argument('<name>', 'the PoP')
    .option('--reason <text>', 'for the log of changes')
    .option('--wait', 'wait until it is done', true)
    .option('--no-wait', 'do not wait until it is done')
    .option('--timeout <seconds>', 'wait so long at most', seconds, 120);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86_400) {
    throw new InvalidArgumentError('give seconds, from above 0 to 86400.');
  }
  return value;
}

async function change(verb: 'drain' | 'resume', name: string, options: ChangeOptions): Promise<void> {
  await changePop({
    client: apiClient(options),
    verb,
    name,
    ...(options.force === true ? { force: true } : {}),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.wait ? { waitMs: options.timeout * 1000 } : {}),
    clock: systemClock,
    print: (line) => console.log(line),
  });
}
