/**
 * A process that runs the embedded announcer with one plan, for interop tests: a namespace is a process's, so one inside it must
 * be another process. Its argument is the plan as JSON; it writes a line of JSON with its sessions at each change.
 */
import { createEmbeddedAnnouncer } from '../announcer/embedded.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';

const announcer = createEmbeddedAnnouncer({
  clock: systemClock,
  random: systemRandom(),
  logger: silentLogger,
  environment: process.env,
});
const write = (): void => {
  const line = { at: Date.now(), sessions: announcer.sessions(), problems: announcer.problems() };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
announcer.onChange(write);
announcer.apply(JSON.parse(process.argv[2] ?? '{}'));
write();
