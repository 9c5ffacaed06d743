/**
 * Questions to agents on their way through control: who waits for which answer, piece by piece (`feed/question.ts`).
 *
 * Why nothing is kept: the agent's next piece is accepted when whoever asked has taken the last one. Every wait has its limit, so
 * an agent that falls silent, or a reader that does, costs one question and no memory.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, every } from '../base/clock.ts';
import { type AnswerPiece, type Question, questionHeartbeatMs } from '../feed/question.ts';
import { type ApiProblem, apiProblem } from './api/api-problem.ts';

/** An agent's open stream of questions. */
export interface QuestionSink {
  write(text: string): void;
}

interface Pending {
  readonly pop: string;
  /** The number of the piece that is due. */
  due: number;
  /** A piece that whoever asked has not taken yet, and the agent that waits for it to be. */
  arrived: { readonly piece: AnswerPiece; readonly taken: (ok: boolean) => void } | undefined;
  /** Wakes whoever asked. */
  wake: () => void;
  failure: ApiProblem | undefined;
}

/** The agent's first word must come by then, and each one after the last. */
export const answerDeadlineMs = 8_000;
/** So many questions may be under way to one agent, and to all. */
const mostOfOne = 8;
const mostOfAll = 256;

export class Questions {
  readonly #clock: Clock;
  readonly #streams = new Map<string, Set<QuestionSink>>();
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An agent takes questions from now on; returns what ends it. */
  open(pop: string, sink: QuestionSink): () => void {
    const streams = this.#streams.get(pop) ?? new Set();
    this.#streams.set(pop, streams.add(sink));
    sink.write('{}\n');
    const stopBeating = every(this.#clock, questionHeartbeatMs, () => sink.write('{}\n'));
    return () => {
      stopBeating();
      if (!streams.delete(sink) || streams.size > 0) return;
      this.#streams.delete(pop);
      for (const pending of this.#pending.values()) if (pending.pop === pop) this.#fail(pending, agentAway(pop));
    };
  }

  /**
   * The answer's lines, as they come, until `gone`: whoever asked has left. Throws `control.agent-away` (503),
   * `control.agent-silent` (504) and `control.busy` (429).
   */
  async *ask(pop: string, question: Question, gone: AbortSignal): AsyncGenerator<readonly string[], void, void> {
    const sink = [...(this.#streams.get(pop) ?? [])].at(-1);
    if (sink === undefined) throw agentAway(pop);
    const ofOne = [...this.#pending.values()].filter((one) => one.pop === pop).length;
    if (ofOne >= mostOfOne || this.#pending.size >= mostOfAll) throw busy(ofOne >= mostOfOne ? pop : undefined);
    const id = randomUUID();
    const pending: Pending = { pop, due: 0, arrived: undefined, wake: () => {}, failure: undefined };
    this.#pending.set(id, pending);
    const leave = (): void => this.#fail(pending, readerGone);
    gone.addEventListener('abort', leave);
    try {
      sink.write(`${JSON.stringify({ id, question })}\n`);
      for (;;) {
        const { lines, last } = await this.#next(pending);
        if (lines.length > 0) yield lines;
        pending.arrived?.taken(true);
        pending.arrived = undefined;
        if (last) return;
      }
    } finally {
      gone.removeEventListener('abort', leave);
      this.#pending.delete(id);
      pending.arrived?.taken(false);
    }
  }

  /** Whether whoever asked took the piece; `undefined` where nobody waits for it. */
  take(pop: string, id: string, piece: AnswerPiece): Promise<boolean> | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.pop !== pop || pending.arrived !== undefined) return undefined;
    if (piece.piece !== pending.due) return undefined;
    pending.due++;
    return new Promise((taken) => {
      pending.arrived = { piece, taken };
      pending.wake();
    });
  }

  underWay(): number {
    return this.#pending.size;
  }

  async #next(pending: Pending): Promise<AnswerPiece> {
    if (pending.arrived === undefined && pending.failure === undefined) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(answerDeadlineMs, () => this.#fail(pending, agentSilent(pending.pop)));
        pending.wake = () => {
          cancel();
          resolve();
        };
      });
    }
    if (pending.arrived !== undefined && pending.failure !== readerGone) return pending.arrived.piece;
    throw pending.failure ?? agentSilent(pending.pop);
  }

  #fail(pending: Pending, failure: ApiProblem): void {
    pending.failure = failure;
    pending.wake();
  }
}

const readerGone = apiProblem(499, { code: 'control.reader-gone', what: 'whoever asked has left' });

function agentAway(pop: string): ApiProblem {
  return apiProblem(503, {
    code: 'control.agent-away',
    what: `the agent of ${pop} cannot be asked: it is not connected to control, or of an earlier version`,
    where: pop,
    fix: `see nearcast status; on the machine of ${pop}, ask it by its own socket: --socket STATE-DIRECTORY/agent.sock`,
  });
}

function agentSilent(pop: string): ApiProblem {
  return apiProblem(504, {
    code: 'control.agent-silent',
    what: `the agent of ${pop} did not answer within ${answerDeadlineMs / 1000} s`,
    where: pop,
    fix: 'ask again; if it stays silent, look at its log, and whether its version is that of control',
  });
}

function busy(pop: string | undefined): ApiProblem {
  const what =
    pop === undefined
      ? `${mostOfAll} questions to agents are under way`
      : `${mostOfOne} questions to ${pop} are under way`;
  return apiProblem(429, { code: 'control.busy', what, fix: 'ask again in a moment' });
}
