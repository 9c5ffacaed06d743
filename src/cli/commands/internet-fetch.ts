/** `nearcast internet fetch`: today's Internet from CAIDA's public directory, into a data directory. */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { caidaDirectory, fetchTopology } from '../../internet/fetch/topology.ts';

interface FetchCommandOptions {
  readonly data: string;
  readonly from: string;
  readonly date?: string;
  readonly json?: boolean;
}

export function registerFetch(command: Command): void {
  command
    .command('fetch')
    .description('Download the newest AS relationships from CAIDA, and make a graph file of them')
    .option('--data <directory>', 'where to keep them', 'internet')
    .option('--date <yyyymmdd>', 'the file of that day, instead of the newest', parseDate)
    .option('--from <url>', 'another place with the same files', caidaDirectory)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A download that broke off goes on where it stopped. CAIDA's terms: cite the data set, and do not pass the files on.

Examples:
  nearcast internet fetch
  nearcast internet predict network.yaml --data internet/`,
    )
    .action(run);
}

async function run({ data, from, date, json }: FetchCommandOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  const showing = process.stderr.isTTY === true;
  let shown = 0;
  const result = await fetchTopology({
    from,
    directory: data,
    clock: systemClock,
    signal: stop.signal,
    ...(date === undefined ? {} : { date }),
    onProgress: (bytes, all) => {
      if (!showing || systemClock.now() - shown < 200) return;
      shown = systemClock.now();
      process.stderr.write(`\r${bytes} of ${all ?? '?'} bytes`);
    },
  });
  if (shown > 0) process.stderr.write('\r\u001b[K');
  if (json === true) {
    console.log(JSON.stringify(result));
    return;
  }
  console.log(
    `${result.file}${result.alreadyThere ? ' (was there already)' : ''}: ${result.ases} ASes, ${result.links} links`,
  );
  console.log(`${result.graphFile}: the same, which loads in milliseconds`);
}

function parseDate(text: string): string {
  if (!/^\d{8}$/.test(text)) throw new InvalidArgumentError('A date is eight digits: 20250901.');
  return text;
}
