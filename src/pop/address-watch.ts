/**
 * Runs `decision.ts` for one anycast address: asks its health by the edge's own listener, keeps its timer, tells what it
 * decides.
 *
 * The checker runs only while its answers mean something: not before the edge listens, not after it died.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type DecisionEvent, type DecisionState, initialDecision, stepDecision } from './decision.ts';
import { startHealthChecker } from './health.ts';
import type { ProbeTarget } from './probe.ts';

export interface AddressWatch {
  readonly address: string;
  send(event: DecisionEvent): void;
  /** Where and what to ask from now on. */
  setTarget(target: ProbeTarget): void;
  state(): DecisionState;
  /** When a check was last good; before the first, when checks began. `undefined` while none are made. */
  lastGood(): number | undefined;
  stop(): void;
}

export function watchAddress(options: {
  readonly address: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is to be announced changed: called at once, from within the event that changed it. */
  readonly onDecision: () => void;
  /** Phase or reason changed. */
  readonly onChange: () => void;
}): AddressWatch {
  const { address, clock, logger } = options;
  let state = initialDecision();
  let target: ProbeTarget | undefined;
  let stopChecker: (() => void) | undefined;
  let checkedBy = '';
  let lastGood: number | undefined;
  let cancelWake = (): void => {};

  function send(event: DecisionEvent): void {
    const before = state;
    const step = stepDecision(state, event, clock.now());
    state = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'announce') {
        options.onDecision();
        logger.info({ address, announce: effect.announce, reason: effect.reason }, 'decided');
      } else {
        cancelWake();
        if (effect.at !== undefined) {
          // One more millisecond: a timer that fires early by a fraction would find that nothing is due, and be the last.
          cancelWake = clock.after(Math.max(0, effect.at - clock.now()) + 1, () => send({ type: 'tick' }));
        }
      }
    }
    keepChecker();
    if (before.phase !== state.phase || before.reason !== state.reason) options.onChange();
  }

  function keepChecker(): void {
    const { phase, health } = state;
    const useful = phase === 'rising' || phase === 'held' || phase === 'up';
    const wanted =
      useful && target !== undefined && health !== undefined
        ? JSON.stringify([target, health.intervalMs, health.timeoutMs])
        : '';
    if (wanted === checkedBy) return;
    checkedBy = wanted;
    stopChecker?.();
    stopChecker = undefined;
    lastGood = undefined;
    if (wanted === '' || target === undefined || health === undefined) return;
    lastGood = clock.now();
    stopChecker = startHealthChecker({
      target,
      intervalMs: health.intervalMs,
      timeoutMs: health.timeoutMs,
      clock,
      onResult(result) {
        if (result.good) lastGood = clock.now();
        send({ type: 'check', ...result });
      },
    });
  }

  return {
    address,
    send,
    setTarget(next) {
      target = next;
      keepChecker();
    },
    state: () => state,
    lastGood: () => lastGood,
    stop() {
      cancelWake();
      stopChecker?.();
      stopChecker = undefined;
      checkedBy = '';
    },
  };
}
