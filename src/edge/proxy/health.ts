/**
 * Whether an origin server is worth sending to, judged by its own answers and by probes. Pure: time is an argument.
 *
 * After some failures in a row it is set aside for a time that doubles with each further failure; then one request (the
 * trial) may find out whether it is back. Probes, where there is a path for them, take it out and bring it back too.
 */
import type { Random } from '../../base/random.ts';

export interface HealthRules {
  /** Failures in a row until it is set aside. */
  readonly failures: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Probes in a row that take it out, and that bring it back. */
  readonly probeFall: number;
  readonly probeRise: number;
}

export const defaultHealthRules: HealthRules = {
  failures: 3,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  probeFall: 3,
  probeRise: 2,
};

/** usable: send · trial: send one request and see · aside: only where there is nothing else. */
export type Usability = 'usable' | 'trial' | 'aside';

export class OriginHealth {
  readonly #rules: HealthRules;
  readonly #random: Random;
  #failuresInRow = 0;
  #pauses = 0;
  /** Set aside until then; `undefined` while it is not. */
  #asideUntilMs: number | undefined;
  #trialUntilMs: number | undefined;
  #probesInRow = 0;
  #probedDown = false;
  #answers = 0;

  constructor(rules: HealthRules, random: Random) {
    this.#rules = rules;
    this.#random = random;
  }

  usability(nowMs: number): Usability {
    if (this.#probedDown) return 'aside';
    if (this.#asideUntilMs === undefined) return 'usable';
    if (nowMs < this.#asideUntilMs) return 'aside';
    // A trial that never ended (its client left) does not keep others from trying.
    return this.#trialUntilMs !== undefined && nowMs < this.#trialUntilMs ? 'aside' : 'trial';
  }

  /** A request is sent as the trial: no other is until it ends, or for the length of a first pause. */
  beginTrial(nowMs: number): void {
    this.#trialUntilMs = nowMs + this.#rules.firstPauseMs;
  }

  /** Grows with each answer: equal numbers mean that none has come in between. */
  get answers(): number {
    return this.#answers;
  }

  succeeded(): void {
    this.#answers++;
    this.#failuresInRow = 0;
    if (this.#asideUntilMs !== undefined) {
      this.#asideUntilMs = undefined;
      this.#trialUntilMs = undefined;
      this.#pauses = 0;
    }
  }

  failed(nowMs: number): void {
    this.#failuresInRow++;
    const inPause = this.#asideUntilMs !== undefined && nowMs < this.#asideUntilMs;
    // Requests that were under way when it was set aside say nothing new.
    if (inPause || (this.#failuresInRow < this.#rules.failures && this.#asideUntilMs === undefined)) return;
    const pauseMs = Math.min(this.#rules.longestPauseMs, this.#rules.firstPauseMs * 2 ** this.#pauses);
    this.#pauses++;
    this.#trialUntilMs = undefined;
    // A tenth of jitter, so that edges do not all come back at once.
    this.#asideUntilMs = nowMs + pauseMs * (0.9 + 0.2 * this.#random.next());
  }

  probed(good: boolean): void {
    // Counted up from 0 while good, down while bad.
    if (good) this.#probesInRow = Math.max(0, this.#probesInRow) + 1;
    else this.#probesInRow = Math.min(0, this.#probesInRow) - 1;
    if (this.#probesInRow <= -this.#rules.probeFall) this.#probedDown = true;
    if (this.#probesInRow >= this.#rules.probeRise) {
      this.#probedDown = false;
      this.succeeded();
    }
  }
}
