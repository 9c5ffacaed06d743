/**
 * The last good state on disk: the replica, whole, in one file. From it a PoP boots and serves with control away.
 *
 * Why set aside and not deleted when it is corrupt: somebody will want to know how that came about. Why a failed write is
 * no end: with the disk full, the state in memory is good, and users are served from it.
 */
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import { feedRecordSchema } from '../feed/records.ts';
import type { ReplicaContent } from './replica.ts';

const stateFileSchema = z.strictObject({
  version: z.literal(1),
  pop: z.string(),
  epoch: z.string().optional(),
  through: z.int().min(0),
  records: z.array(feedRecordSchema),
});

export interface StateFile {
  /** What the last agent here had; `undefined` where there is nothing usable. */
  load(): ReplicaContent | undefined;
  /** Writes what `content` then returns, soon: several changes in a row make one write. */
  changed(content: () => ReplicaContent): void;
  /** Writes now what is still unwritten. */
  flush(): void;
  problems(): readonly Problem[];
}

/** Changes are gathered for so long before they are written. */
const gatherMs = 100;
/** After a failed write, for instance on a full disk. */
const retryMs = 10_000;

export function openStateFile(options: {
  readonly directory: string;
  readonly pop: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): StateFile {
  const { clock, logger } = options;
  const path = join(options.directory, 'state.json');
  let unwritten: (() => ReplicaContent) | undefined;
  let scheduled = false;
  let cancel = (): void => {};
  const problems = new Map<string, Problem>();

  function schedule(delayMs: number): void {
    if (scheduled) return;
    scheduled = true;
    cancel = clock.after(delayMs, write);
  }

  function write(): void {
    scheduled = false;
    cancel();
    if (unwritten === undefined) return;
    try {
      writeFileAtomic(path, JSON.stringify({ version: 1, pop: options.pop, ...unwritten() }));
      unwritten = undefined;
      problems.delete('agent.state-not-saved');
    } catch (error) {
      const why = (error as Error).message;
      logger.error({ err: error }, 'cannot save the state; serving on from memory');
      problems.set('agent.state-not-saved', notSaved(path, why));
      schedule(retryMs);
    }
  }

  function load(): ReplicaContent | undefined {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error; // a directory that cannot be read is the operator's to mend before anything is overwritten
    }
    const why = faultOf(text);
    if (typeof why !== 'string') return why;
    const aside = `${path}.corrupt-${new Date(clock.wallTime()).toISOString().replaceAll(':', '')}`;
    renameSync(path, aside);
    logger.error({ path, aside, why }, 'the state on disk is not usable; set it aside and starting from nothing');
    problems.set('agent.state-corrupt', corrupt(path, aside, why));
    return undefined;
  }

  function faultOf(text: string): ReplicaContent | string {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return `it is not JSON: ${(error as Error).message}`;
    }
    const parsed = stateFileSchema.safeParse(json);
    if (!parsed.success) return z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ');
    const { epoch, through, records, pop } = parsed.data;
    if (pop !== options.pop) return `it is the state of PoP ${pop}`;
    return { epoch, through, records };
  }

  return {
    load,
    changed(content) {
      unwritten = content;
      schedule(gatherMs);
    },
    flush: write,
    problems: () => [...problems.values()],
  };
}

function notSaved(path: string, why: string): Problem {
  return {
    code: 'agent.state-not-saved',
    severity: 'error',
    what: `the state cannot be saved (${why}); the PoP serves on, but would restart with older state`,
    where: path,
    fix: 'make room on the disk, or let the agent write there',
  };
}

function corrupt(path: string, aside: string, why: string): Problem {
  return {
    code: 'agent.state-corrupt',
    severity: 'warning',
    what: `the state on disk was not usable (${why}); it was set aside as ${aside}`,
    where: path,
    fix: 'check the disk; delete the file that was set aside when it is no longer needed',
  };
}
