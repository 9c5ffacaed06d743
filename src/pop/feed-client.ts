/**
 * Follows control's feed: connects, resumes after what it has, checks each batch whole, and comes back when it breaks.
 *
 * A batch that does not validate, or does not follow on the last, is refused whole and reported; the last good state
 * stays. The connection is then made anew: from the same place where the batch was bad, from the beginning where the
 * history is another one (control's store was made anew or restored from a backup); a snapshot then replaces all.
 * A feed without even an empty batch for three heartbeats counts as broken.
 */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import { type FeedBatch, feedBatchSchema, feedHeartbeatMs } from '../feed/records.ts';
import { backoffMs } from './backoff.ts';
import { ControlAway, type ControlClient } from './control-client.ts';
import { createLineSplitter } from './lines.ts';
import type { Position } from './replica.ts';

export interface FeedClientOptions {
  readonly control: ControlClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly position: () => Position;
  /** Why the batch cannot be applied, before it is; `undefined` where it can. */
  readonly objection: (batch: FeedBatch) => string | undefined;
  readonly onBatch: (batch: FeedBatch) => void;
  /** The set of problems changed. */
  readonly onProblems: () => void;
  readonly silenceMs?: number;
  readonly longestLineBytes?: number;
}

export interface FeedClient {
  connected(): boolean;
  problems(): readonly Problem[];
  stop(): void;
}

/** The first retry is quick: mostly control has just restarted. */
const retryLimits = { firstMs: 50, maximumMs: 5_000 };
/** A connection that lasted this long was a good one: the delays start over. */
const goodConnectionMs = 5_000;

class RefusedBatch extends Error {
  readonly startOver: boolean;

  constructor(why: string, startOver: boolean) {
    super(why);
    this.startOver = startOver;
  }
}

export function followFeed(options: FeedClientOptions): FeedClient {
  const { clock, logger } = options;
  const silenceMs = options.silenceMs ?? 3 * feedHeartbeatMs;
  let stopped = false;
  let connected = false;
  let attempt = 0;
  let startOver = false;
  let problem: Problem | undefined;
  let hangUp = (): void => {};
  let cancelRetry = (): void => {};
  let away = false;

  function setProblem(next: Problem | undefined): void {
    if (problem?.what === next?.what) return;
    problem = next;
    options.onProblems();
  }

  async function follow(): Promise<void> {
    const startedAt = clock.now();
    try {
      await readFeed();
    } catch (error) {
      if (stopped) return;
      note(error);
    }
    connected = false;
    if (stopped) return;
    if (clock.now() - startedAt >= goodConnectionMs) attempt = 0;
    cancelRetry = clock.after(backoffMs(attempt++, retryLimits, options.random), () => void follow());
  }

  function note(error: unknown): void {
    if (error instanceof RefusedBatch) {
      startOver = error.startOver;
      logger.error({ why: error.message }, 'refused a feed batch; the last good state stays');
      setProblem(refusedProblem(error.message));
    } else if (error instanceof ControlAway) {
      if (!away) logger.warn({ why: error.message }, 'control is away; the PoP goes on with what it has');
      away = true;
    } else {
      const [first] = problemsOf(error);
      logger.error({ err: error }, 'cannot follow the feed');
      setProblem(first);
    }
  }

  async function readFeed(): Promise<void> {
    const response = await options.control.get(feedPath(), { headMs: silenceMs });
    if (stopped) {
      response.destroy();
      return;
    }
    const splitter = createLineSplitter(options.longestLineBytes ?? 256 * 1024 * 1024);
    let cancelSilence = (): void => {};
    function listen(): void {
      cancelSilence();
      const silent = new ControlAway(`no sign of life for ${silenceMs} ms`);
      cancelSilence = clock.after(silenceMs, () => response.destroy(silent));
    }
    hangUp = () => response.destroy();
    listen();
    try {
      for await (const bytes of response as AsyncIterable<Uint8Array>) {
        const lines = splitter.push(bytes);
        if (lines === undefined) throw new RefusedBatch('a line of the feed is longer than any batch may be', false);
        for (const line of lines) take(line);
        listen(); // a snapshot may be one long line that takes its time
      }
      throw new ControlAway('control ended the feed');
    } catch (error) {
      if (error instanceof RefusedBatch || error instanceof ControlAway) throw error;
      throw isConnectionError(error) ? new ControlAway((error as Error).message) : error;
    } finally {
      cancelSilence();
      response.destroy();
    }
  }

  function feedPath(): string {
    const { epoch, through } = options.position();
    if (epoch === undefined || startOver) return '/api/v1/agent/feed?after=0';
    return `/api/v1/agent/feed?epoch=${encodeURIComponent(epoch)}&after=${through}`;
  }

  function take(line: string): void {
    if (stopped) return;
    const batch = parse(line);
    const objection = options.objection(batch);
    if (objection !== undefined) throw new RefusedBatch(objection, true);
    startOver = false;
    options.onBatch(batch);
    if (!connected || away) logger.info({ epoch: batch.epoch, through: batch.through }, 'following the feed');
    connected = true;
    away = false;
    setProblem(undefined);
  }

  void follow();
  return {
    connected: () => connected,
    problems: () => (problem === undefined ? [] : [problem]),
    stop() {
      stopped = true;
      cancelRetry();
      hangUp();
    },
  };
}

function parse(line: string): FeedBatch {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new RefusedBatch(`a line of the feed is not JSON: ${(error as Error).message}`, false);
  }
  const parsed = feedBatchSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new RefusedBatch(z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' '), false);
}

/** Errors of the connection carry a system code; anything else is a bug of ours and must not be mistaken for it. */
function isConnectionError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && (code.startsWith('E') || code.startsWith('HPE_') || code === 'ABORT_ERR');
}

function refusedProblem(why: string): Problem {
  return {
    code: 'agent.feed-batch-refused',
    severity: 'error',
    what: `a batch of the feed was refused, and the last good state stays: ${why}`,
    where: 'feed',
    fix: 'check that control and agent are of versions that go together; the agent keeps trying',
  };
}
