/**
 * Gathers an answer's lines into pieces, and gives way in between: a full table must not keep BGP or a health check waiting.
 *
 * Lines are gathered for at most `sliceMs` in one go; then whatever else waits has its turn. A piece is as large as control
 * takes at once; while a search finds nothing, an empty one is a sign of life.
 */
import type { Clock } from '../../base/clock.ts';
import type { Problem } from '../../base/problem.ts';
import type { AnswerLine, AnswerPiece } from '../../feed/question.ts';
import { problemLine } from './answer.ts';

const sliceMs = 8;
const pieceLines = 500;
const pieceCharacters = 128 * 1024;
const quietMs = 2_000;
/** Control takes a body of 1 MiB, in which characters beyond ASCII and quotes count for more. */
const longestLine = 384 * 1024;

/** The pieces of an answer; the last one is marked. */
export async function* pieces(
  answer: Iterable<AnswerLine | undefined>,
  clock: Clock,
): AsyncGenerator<AnswerPiece, void, void> {
  const lines = answer[Symbol.iterator]();
  let gathered: string[] = [];
  let characters = 0;
  let piece = 0;
  let saidAt = clock.now();
  const full = (): boolean => gathered.length >= pieceLines || characters >= pieceCharacters;
  try {
    for (let done = false; !done; ) {
      const until = clock.now() + sliceMs;
      while (!done && !full() && clock.now() < until) {
        const next = lines.next();
        if (next.done === true) done = true;
        if (next.done === true || next.value === undefined) continue;
        const text = textOf(next.value);
        characters += text.length;
        gathered.push(text);
      }
      if (done || full() || clock.now() - saidAt >= quietMs) {
        yield { piece: piece++, lines: gathered, last: done };
        gathered = [];
        characters = 0;
        saidAt = clock.now();
      }
      if (!done) await new Promise<void>((resume) => setImmediate(resume));
    }
  } finally {
    lines.return?.();
  }
}

function textOf(line: AnswerLine): string {
  const text = JSON.stringify(line);
  return text.length <= longestLine ? text : JSON.stringify(problemLine(tooLarge));
}

const tooLarge: Problem = {
  code: 'agent.answer-too-large',
  severity: 'error',
  what: 'a part of the answer is too large to be shown',
  fix: 'ask for fewer routes, or of one neighbor',
};
