/**
 * Takes questions that come through control, and posts the answers (`feed/question.ts`).
 *
 * An earlier control has no such stream; then this asks again from time to time and is no problem for anybody. Nothing of the
 * PoP hangs on it.
 */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Problem } from '../../base/problem.ts';
import type { Random } from '../../base/random.ts';
import {
  type AnswerLine,
  askedQuestionSchema,
  type Question,
  questionHeartbeatMs,
  questionSchema,
} from '../../feed/question.ts';
import { backoffMs } from '../backoff.ts';
import type { ControlClient } from '../control-client.ts';
import { createLineSplitter } from '../lines.ts';
import { problemLine } from './answer.ts';
import { pieces } from './pieces.ts';

export interface QuestionClientOptions {
  readonly control: ControlClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly answer: (question: Question) => Iterable<AnswerLine | undefined>;
}

const retryLimits = { firstMs: 200, maximumMs: 30_000 };
const silenceMs = 3 * questionHeartbeatMs;
const longestLine = 64 * 1024;
/** More would only slow one another down; control asks no more at a time. */
const mostAtOnce = 8;
/** Control keeps a piece until the reader takes it. */
const pieceMs = 60_000;

/** Returns what ends it; answers under way are then left. */
export function answerQuestions(options: QuestionClientOptions): () => void {
  const { control, clock, logger } = options;
  let stopped = false;
  let attempt = 0;
  let underWay = 0;
  let hangUp = (): void => {};
  let cancelRetry = (): void => {};

  async function follow(): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!stopped) logger.debug({ why: (error as Error).message }, 'no questions come from control');
    }
    if (!stopped) cancelRetry = clock.after(backoffMs(attempt++, retryLimits, options.random), () => void follow());
  }

  async function read(): Promise<void> {
    const response = await control.get('/api/v1/agent/questions', { headMs: silenceMs });
    hangUp = () => response.destroy();
    if (stopped) hangUp();
    const splitter = createLineSplitter(longestLine);
    let cancelSilence = clock.after(silenceMs, () => hangUp());
    try {
      for await (const bytes of response as AsyncIterable<Uint8Array>) {
        attempt = 0;
        cancelSilence();
        cancelSilence = clock.after(silenceMs, () => hangUp());
        const lines = splitter.push(bytes);
        if (lines === undefined) return;
        for (const line of lines) take(line);
      }
    } finally {
      cancelSilence();
      response.destroy();
    }
  }

  function take(line: string): void {
    const asked = askedQuestionSchema.safeParse(jsonOf(line));
    if (!asked.success) return; // a sign of life, or what a later version says
    const { id } = asked.data;
    const question = questionSchema.safeParse(asked.data.question);
    const refusal = underWay >= mostAtOnce ? busy : unknownQuestion;
    const answered = question.success && refusal !== busy;
    underWay++;
    void post(id, answered ? options.answer(question.data) : [problemLine(refusal)])
      .catch((error: unknown) => logger.debug({ why: (error as Error).message, id }, 'an answer was not taken'))
      .finally(() => underWay--);
  }

  async function post(id: string, lines: Iterable<AnswerLine | undefined>): Promise<void> {
    for await (const piece of pieces(lines, clock)) {
      if (stopped) return;
      await control.post(`/api/v1/agent/answers/${encodeURIComponent(id)}`, piece, { headMs: pieceMs });
    }
  }

  void follow();
  return () => {
    stopped = true;
    cancelRetry();
    hangUp();
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const unknownQuestion: Problem = {
  code: 'agent.bad-question',
  severity: 'error',
  what: 'the agent does not know this question',
  fix: 'its version is not that of control: upgrade the older one',
};

const busy: Problem = {
  code: 'agent.busy',
  severity: 'error',
  what: `the agent answers ${mostAtOnce} questions already`,
  fix: 'ask again in a moment',
};
