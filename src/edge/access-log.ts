/**
 * The access log: one JSON line a request, gathered in memory and written in large pieces beside the requests.
 *
 * Why: a write per request would cost as much as the request. A disk that is full or slow never stops serving: what does
 * not fit the buffer is dropped and counted. The query is not logged, because tokens travel in it.
 */
import { closeSync, openSync, write, writeSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';

export interface AccessLogEntry {
  readonly id: string;
  readonly client: string;
  readonly host: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly httpMinor: number;
  readonly status: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly service: string;
  readonly originServer: string;
  readonly pop: string;
  readonly userAgent: string;
  /** Why it did not end well: a short word; '' where it did. */
  readonly failure: string;
}

export interface AccessLog {
  add(entry: AccessLogEntry): void;
  /** Opens the file anew, after somebody has moved it away. */
  reopen(): void;
  /** Writes what is left, at once, and closes. */
  close(): void;
  readonly droppedLines: number;
}

export const noAccessLog: AccessLog = { add: () => {}, reopen: () => {}, close: () => {}, droppedLines: 0 };

/**
 * Up to here lines are gathered as text. Longer, and the pieces that lines are made of outlive the memory's young
 * generation: collecting them costs more than writing them.
 */
const textLength = 4 * 1024;
const flushBytes = 256 * 1024;
const flushAfterMs = 200;
const defaultBufferedBytes = 8 * 1024 * 1024;

export interface AccessLogOptions {
  /** A file's path, or `-` for standard output. */
  readonly path: string;
  readonly clock: Clock;
  readonly bufferedBytes?: number;
}

/** Opens the log; throws the system's error where the file cannot be opened. */
export function openAccessLog({ path, clock, bufferedBytes = defaultBufferedBytes }: AccessLogOptions): AccessLog {
  const openFile = () => (path === '-' ? 1 : openSync(path, 'a', 0o640));
  let file = openFile();
  let text = '';
  let pieces: Buffer[] = [];
  let gatheredBytes = 0;
  let lineCount = 0;
  let writing = false;
  let scheduled = false;
  let closed = false;
  let dropped = 0;
  const timeText = isoTimes();

  /** Turns the text into bytes. */
  function pack(): void {
    if (text === '') return;
    const piece = Buffer.from(text);
    text = '';
    pieces.push(piece);
    gatheredBytes += piece.length;
  }

  /** All that was gathered, which is then gathered no more. */
  function take(): Buffer {
    pack();
    const all = Buffer.concat(pieces, gatheredBytes);
    pieces = [];
    gatheredBytes = 0;
    lineCount = 0;
    return all;
  }

  function flush(): void {
    if (writing || closed || lineCount === 0) return;
    const count = lineCount;
    writing = true;
    writeAll(take(), 0, count);
  }

  function writeAll(piece: Buffer, from: number, count: number): void {
    const target = file;
    write(target, piece, from, piece.length - from, null, (error, written) => {
      if (!error && from + written < piece.length && !closed) return writeAll(piece, from + written, count);
      if (error) dropped += count;
      writing = false;
      if (target !== file && target !== 1) closeSync(target);
      if (gatheredBytes >= flushBytes) flush();
    });
  }

  return {
    add(entry) {
      if (closed || gatheredBytes + text.length > bufferedBytes) {
        dropped++;
        return;
      }
      text += formatEntry(entry, timeText(clock.wallTime()));
      lineCount++;
      if (text.length >= textLength) pack();
      if (gatheredBytes >= flushBytes) flush();
      else if (!scheduled) {
        scheduled = true;
        clock.after(flushAfterMs, () => {
          scheduled = false;
          flush();
        });
      }
    },
    reopen() {
      if (path === '-' || closed) return;
      const old = file;
      file = openFile();
      // A write under way still goes to the old file, and closes it.
      if (!writing) closeSync(old);
    },
    close() {
      if (closed) return;
      closed = true;
      const count = lineCount;
      try {
        const rest = take();
        for (let done = 0; done < rest.length; ) done += writeSync(file, rest, done);
      } catch {
        dropped += count;
      }
      if (path !== '-' && !writing) closeSync(file);
    },
    get droppedLines() {
      return dropped;
    },
  };
}

/** Formats times since 1970 in ms as ISO 8601; what is the same within a second is made once a second. */
function isoTimes(): (wallMs: number) => string {
  let second = Number.NaN;
  let upToSecond = '';
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000);
    if (now !== second) {
      second = now;
      upToSecond = new Date(now * 1000).toISOString().slice(0, -4);
    }
    return `${upToSecond}${threeDigits(Math.floor(wallMs) - now * 1000)}Z`;
  };
}

function threeDigits(number: number): string {
  return number > 99 ? `${number}` : number > 9 ? `0${number}` : `00${number}`;
}

/** In ms, to the microsecond; whole numbers become text faster than fractions. */
function milliseconds(durationMs: number): string {
  const micros = Math.round(durationMs * 1000);
  const whole = Math.floor(micros / 1000);
  return `${whole}.${threeDigits(micros - whole * 1000)}`;
}

/** Everything printable in ASCII but quote and backslash: the usual case, which needs no escaping. */
const plain = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** One line; keys in the order in which a person reads them. */
export function formatEntry(entry: AccessLogEntry, time: string): string {
  return `{"time":"${time}","id":"${entry.id}","client":"${entry.client}","host":${quoted(entry.host)},"method":"${
    entry.method
  }","path":${quoted(entry.path)},"http":"1.${entry.httpMinor}","status":${entry.status},"bytes":${
    entry.bytes
  },"durationMs":${milliseconds(entry.durationMs)},"service":${quoted(entry.service)}${
    entry.originServer === '' ? '' : `,"originServer":${quoted(entry.originServer)}`
  },"pop":${quoted(entry.pop)}${entry.userAgent === '' ? '' : `,"userAgent":${quoted(entry.userAgent)}`}${
    entry.failure === '' ? '' : `,"failure":"${entry.failure}"`
  }}\n`;
}
