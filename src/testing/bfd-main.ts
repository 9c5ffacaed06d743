/**
 * A process that runs BFD sessions, for interop tests: a namespace is a process's, so one inside it must be another process.
 *
 * Its argument is the sessions as JSON. It writes a line of JSON for each change, with the time since 1970 in ms, and one with
 * the status whenever it is sent SIGUSR2. SIGTERM ends it as a service would end.
 */
import { type BfdSessionConfig, createBfd } from '../bfd/bfd.ts';

const bfd = createBfd();
const write = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
bfd.onChange((change) => write({ at: Date.now(), change }));
process.on('SIGUSR2', () => void bfd.status().then((status) => write({ status })));
process.on('SIGTERM', () => void bfd.stop());
for (const session of JSON.parse(process.argv[2] ?? '[]') as BfdSessionConfig[]) await bfd.addSession(session);
write({ started: true });
