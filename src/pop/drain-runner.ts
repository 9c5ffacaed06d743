/** Runs `drain.ts`: reads the edge's counters while a stage waits for traffic to leave, and lets time pass. */
import { type Clock, every } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import {
  type DrainEvent,
  type DrainState,
  type DrainTimes,
  initialDrain,
  stepDrain,
  trafficIntervalMs,
  watches,
} from './drain.ts';
import type { EdgeAdmin } from './edge-admin.ts';

export interface DrainRunner {
  /** `undefined`: not, or no longer, to be drained. `announced`: whether anything is announced now. */
  want(drain: { readonly reason: string } | undefined, announced: boolean): void;
  setTimes(times: DrainTimes): void;
  state(): DrainState;
  stop(): void;
}

export function runDrain(options: {
  readonly clock: Clock;
  readonly admin: Pick<EdgeAdmin, 'status'>;
  readonly logger: Logger;
  /** The stage changed: called at once. */
  readonly onStage: () => void;
}): DrainRunner {
  const { clock, logger } = options;
  let state = initialDrain();
  let times: DrainTimes = { depreferenceMs: 0, quietMs: 0 };
  let stopWatching: (() => void) | undefined;
  let asking = false;

  function send(event: DrainEvent): void {
    const before = state.stage;
    state = stepDrain(state, event, times, clock.now());
    const wanted = watches(state.stage);
    if (wanted && stopWatching === undefined) stopWatching = every(clock, trafficIntervalMs, watch);
    if (!wanted) {
      stopWatching?.();
      stopWatching = undefined;
    }
    if (before === state.stage) return;
    logger.info({ from: before, to: state.stage, reason: state.reason }, 'drain');
    options.onStage();
  }

  function watch(): void {
    send({ type: 'tick' });
    if (asking || stopWatching === undefined) return;
    asking = true;
    void options.admin.status(1_000).then((answer) => {
      asking = false;
      if (stopWatching === undefined) return;
      if (answer.kind === 'ok') send({ type: 'traffic', reading: answer.value });
      else if (answer.kind === 'nobody') send({ type: 'no-edge' });
    });
  }

  return {
    want(drain, announced) {
      if (drain === undefined) send({ type: 'unwanted' });
      else send({ type: 'wanted', reason: drain.reason, announced });
    },
    setTimes(next) {
      times = next;
    },
    state: () => state,
    stop() {
      stopWatching?.();
      stopWatching = undefined;
    },
  };
}

/** Resolves when the edge has had no request for a while, when it is gone, or at the time limit. */
export function untilQuiet(options: {
  readonly clock: Clock;
  readonly admin: Pick<EdgeAdmin, 'status'>;
  readonly logger: Logger;
  readonly limitMs: number;
}): Promise<void> {
  return new Promise((done) => {
    const runner = runDrain({
      ...options,
      onStage() {
        if (runner.state().stage === 'drained') done();
      },
    });
    runner.setTimes({ depreferenceMs: 0, quietMs: options.limitMs });
    runner.want({ reason: 'the agent stops' }, false);
  });
}
