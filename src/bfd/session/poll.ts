/**
 * The poll sequence: how both sides change their pace without one taking the other for gone (RFC 5880 §6.5, §6.8.3).
 *
 * A change that makes us send less often, or wait less long, is used only once the peer has answered a packet that tells it of
 * the change; the other direction is harmless and used at once.
 */

export interface Pace {
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
}

export class PollSequence {
  /** What is in use: the more careful of the old and the new until the peer has answered. */
  used: Pace = { desiredMinTxUs: 0, requiredMinRxUs: 0 };
  /** Our packets carry the poll bit. */
  running = false;
  /** The wish changed since the sequence began: its end proves nothing of the later wish. */
  #changedMeanwhile = false;

  /** Uses `pace` at once, with no sequence: for a session that is not up. */
  reset(pace: Pace): void {
    this.used = pace;
    this.running = false;
    this.#changedMeanwhile = false;
  }

  /** A new wish; begins a sequence where the session is up. */
  want(pace: Pace, up: boolean): void {
    if (!up) {
      this.reset(pace);
      return;
    }
    this.used = {
      desiredMinTxUs: Math.min(this.used.desiredMinTxUs, pace.desiredMinTxUs),
      requiredMinRxUs: Math.max(this.used.requiredMinRxUs, pace.requiredMinRxUs),
    };
    this.#changedMeanwhile = this.running;
    this.running = true;
  }

  /** The final bit came: ends the sequence and uses `wanted`. Returns whether another begins, for a wish changed meanwhile. */
  finish(wanted: Pace): boolean {
    if (!this.running) return false;
    if (this.#changedMeanwhile) {
      this.#changedMeanwhile = false;
      return true;
    }
    this.used = wanted;
    this.running = false;
    return false;
  }
}
