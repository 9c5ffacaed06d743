/** One round: the client runs, something is killed while it does, the client tells what it saw. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ClientReport } from './client.ts';

/** `kill` is called a second after the client's first good answer. */
export async function observe(client: ChildProcess, kill: () => void): Promise<ClientReport> {
  let report: ClientReport | undefined;
  if (client.stdout === null) throw new Error('the client needs a pipe for its output');
  createInterface({ input: client.stdout }).on('line', (line) => {
    if (line === 'started') setTimeout(kill, 1_000);
    else report = JSON.parse(line) as ClientReport;
  });
  await once(client, 'close');
  if (report === undefined) throw new Error('the client ended without a report');
  return report;
}
