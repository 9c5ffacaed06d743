/** An answer of unknown length as newline-delimited JSON, no faster than its reader takes it. */
import type { FastifyReply } from 'fastify';
import { writeTo } from '../../base/backpressure.ts';
import { systemClock } from '../../base/clock.ts';
import { formatStreamProblem } from './api-problem.ts';

/** A reader that takes nothing for so long is gone or stopped. */
const stallMs = 30_000;

/** Sends `first`, then what `rest` brings. A reader that leaves ends `rest`; one that fails ends with a line `problem`. */
export async function sendStream(
  reply: FastifyReply,
  first: readonly string[],
  rest: AsyncGenerator<readonly string[], void, void>,
): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  response.on('error', () => {});
  response.writeHead(200, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  const write = (lines: readonly string[]): Promise<boolean> =>
    writeTo(response, `${lines.join('\n')}\n`, { clock: systemClock, stallMs });
  try {
    if (!(await write(first))) return;
    for await (const lines of rest) if (!(await write(lines))) return;
  } catch (error) {
    await write([formatStreamProblem(error)]);
  } finally {
    await rest.return();
    if (response.destroyed || response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

/** Aborts when the reader's connection closes before the answer is done. */
export function readerLeaves(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.on('close', () => controller.abort());
  return controller.signal;
}
