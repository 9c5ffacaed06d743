/** `nearcast status`: PoPs, vantages and domains at a glance, once or for as long as one watches. */
import type { Command } from 'commander';
import { ProblemError } from '../../base/problem.ts';
import { statusSchema } from '../../control/api/schemas.ts';
import { type ApiOptions, apiClient, withApiOptions } from '../client.ts';
import { statusLines } from '../show-status.ts';

interface Options extends ApiOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

const watchIntervalMs = 500;

export function register(command: Command): void {
  withApiOptions(command)
    .option('--json', 'print what the API answers; with --watch one object a line')
    .option('--watch', 'show it again and again, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  nearcast status
  nearcast status --watch
  nearcast status --json | jq -r '.pops[] | "\\(.name) \\(.phase)"'
  nearcast status --api https://control.example.net --token-file admin.token`,
    )
    .action(show);
}

async function show(options: Options): Promise<void> {
  const client = apiClient(options);
  for (;;) {
    let text: string;
    try {
      const status = await client.get('/api/v1/status', statusSchema);
      text =
        options.json !== true
          ? statusLines(status).join('\n')
          : JSON.stringify(status, null, options.watch === true ? 0 : 2);
    } catch (error) {
      // While one watches, control may come and go.
      if (options.watch !== true || options.json === true || !(error instanceof ProblemError)) throw error;
      text = error.message;
    }
    const redraw = options.watch === true && options.json !== true && process.stdout.isTTY;
    // Home, the text with each line's rest erased, then all below it: no flicker.
    if (redraw) process.stdout.write(`\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[K\n\x1b[J`);
    else process.stdout.write(`${text}\n`);
    if (options.watch !== true) return;
    await new Promise((resolve) => setTimeout(resolve, watchIntervalMs));
  }
}
