/**
 * Tells control how this PoP is: the whole report at each change, several changes in a row as one, and as a sign of life.
 *
 * A report that does not arrive is not kept: the next one says everything again.
 */
import { type Clock, every } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type AgentReport, reportIntervalMs } from '../feed/report.ts';
import type { ControlClient } from './control-client.ts';

export interface Reporter {
  /** Something changed: report soon. */
  changed(): void;
  /** Reports now, and resolves when control has it or cannot be reached. */
  flush(): Promise<void>;
  stop(): void;
}

/** Changes that come together (a death and the withdrawals that follow) go out together. */
const gatherMs = 10;
const limitMs = 2_000;

export function startReporter(options: {
  readonly control: ControlClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly report: () => AgentReport;
}): Reporter {
  const { clock } = options;
  let scheduled = false;
  let sending: Promise<void> | undefined;
  let waiting = false;
  let failing = false;
  let stopped = false;
  const stopEvery = every(clock, reportIntervalMs, () => void send());

  function send(): Promise<void> {
    if (sending !== undefined) {
      waiting = true;
      return sending;
    }
    sending = post().finally(() => {
      sending = undefined;
      if (!waiting || stopped) return;
      waiting = false;
      return send();
    });
    return sending;
  }

  async function post(): Promise<void> {
    try {
      await options.control.post('/api/v1/agent/report', options.report(), { headMs: limitMs });
      failing = false;
    } catch (error) {
      if (!failing) options.logger.warn({ why: (error as Error).message }, 'control does not get reports');
      failing = true;
    }
  }

  return {
    changed() {
      if (scheduled || stopped) return;
      scheduled = true;
      clock.after(gatherMs, () => {
        scheduled = false;
        if (!stopped) void send();
      });
    },
    async flush() {
      if (sending !== undefined) await sending;
      await send();
    },
    stop() {
      stopped = true;
      stopEvery();
    },
  };
}
