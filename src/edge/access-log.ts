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
  let lines = '';
  let lineCount = 0;
  let writing = false;
  let scheduled = false;
  let closed = false;
  let dropped = 0;
  let timeMs = Number.NaN;
  let timeText = '';

  function now(): string {
    const wall = Math.floor(clock.wallTime());
    if (wall !== timeMs) {
      timeMs = wall;
      timeText = new Date(wall).toISOString();
    }
    return timeText;
  }

  function flush(): void {
    if (writing || closed || lines === '') return;
    const piece = Buffer.from(lines);
    const count = lineCount;
    lines = '';
    lineCount = 0;
    writing = true;
    writeAll(piece, 0, count);
  }

  function writeAll(piece: Buffer, from: number, count: number): void {
    const target = file;
    write(target, piece, from, piece.length - from, null, (error, written) => {
      if (!error && from + written < piece.length && !closed) return writeAll(piece, from + written, count);
      if (error) dropped += count;
      writing = false;
      if (target !== file && target !== 1) closeSync(target);
      if (lines.length >= flushBytes) flush();
    });
  }

  return {
    add(entry) {
      if (closed || lines.length > bufferedBytes) {
        dropped++;
        return;
      }
      lines += formatEntry(entry, now());
      lineCount++;
      if (lines.length >= flushBytes) flush();
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
      try {
        const piece = Buffer.from(lines);
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
      } catch {
        dropped += lineCount;
      }
      if (path !== '-' && !writing) closeSync(file);
    },
    get droppedLines() {
      return dropped;
    },
  };
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
  },"durationMs":${Math.round(entry.durationMs * 1000) / 1000},"service":${quoted(entry.service)}${
    entry.originServer === '' ? '' : `,"originServer":${quoted(entry.originServer)}`
  },"pop":${quoted(entry.pop)}${entry.userAgent === '' ? '' : `,"userAgent":${quoted(entry.userAgent)}`}${
    entry.failure === '' ? '' : `,"failure":"${entry.failure}"`
  }}\n`;
}
