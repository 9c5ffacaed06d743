/**
 * Prints MRT files: joins chunks, reader and sink, tells of damage by file and offset, and waits where the output does.
 *
 * The output may end early (`| head`): then reading ends, too, without an error.
 */
import type { Readable, Writable } from 'node:stream';
import { UnpackError, unpackedChunks } from '../../../base/unpacked-chunks.ts';
import type { MrtFault } from '../decode/framer.ts';
import { MrtReader } from '../decode/reader.ts';
import type { RouteFilter } from '../decode/route.ts';
import { JsonSink } from '../json/json-sink.ts';
import { LineSink } from '../lines/line-sink.ts';

export interface PrintOptions {
  readonly format: 'lines' | 'json';
  readonly filter?: RouteFilter;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Tells a person; one line each. */
  readonly warn: (line: string) => void;
}

export interface PrintResult {
  /** Records or entries that were damaged and left out. */
  readonly faults: number;
}

/** Of one file: a file that is no MRT at all must not fill the terminal. */
const mostFaultLines = 20;

/** Prints one file; `-` is standard input. Throws `ProblemError` where it cannot be opened. */
export async function printFile(path: string, options: PrintOptions): Promise<PrintResult> {
  const { stdout, warn } = options;
  const name = path === '-' ? 'standard input' : path;
  let faults = 0;
  function fault({ offset, what }: MrtFault): void {
    if (++faults <= mostFaultLines) warn(`warning: ${name}: byte ${offset}: ${what}; skipped`);
  }
  const output = new Output(stdout);
  const sink =
    options.format === 'lines'
      ? new LineSink((block) => output.write(block))
      : new JsonSink((text) => output.write(text));
  const reader = new MrtReader({ sink, fault, ...(options.filter === undefined ? {} : { filter: options.filter }) });
  try {
    for await (const chunk of unpackedChunks(path, options)) {
      reader.push(chunk);
      await output.ready();
      if (output.closed) return { faults };
    }
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
    faults++;
    warn(`warning: ${name}: ${error.message}; what could be unpacked was read`);
  }
  reader.end();
  sink.flush();
  await output.ready();
  output.release();
  if (faults > mostFaultLines) warn(`warning: ${name}: and ${faults - mostFaultLines} more that were damaged`);
  for (const [kind, count] of reader.leftOut) {
    warn(`note: ${name}: ${count} ${count === 1 ? 'record' : 'records'} of ${kind} left out: no routes that are shown`);
  }
  return { faults };
}

/** A stream whose end is no error, and that can be waited for. */
class Output {
  readonly #stream: Writable;
  #blocked = false;
  closed = false;
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    this.closed = true;
  };

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
  }

  write(block: Uint8Array | string): void {
    if (!this.closed && !this.#stream.write(block)) this.#blocked = true;
  }

  /** Resolves once what was written is on its way. */
  async ready(): Promise<void> {
    if (!this.#blocked || this.closed) return;
    this.#blocked = false;
    if (!this.#stream.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done).off('error', done).off('close', done);
        resolve();
      };
      this.#stream.on('drain', done).on('error', done).on('close', done);
    });
  }

  release(): void {
    this.#stream.off('error', this.#onError);
  }
}
