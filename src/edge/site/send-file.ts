/**
 * Sends a file's bytes, or parts of it, with backpressure; the client that goes away stops the reading, and the client
 * that reads too slowly is cut off.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGzip } from 'node:zlib';
import type { Exchange } from '../exchange.ts';
import type { ByteRange } from './range.ts';
import type { SiteFile } from './scan.ts';

/** Opens the file if it still is the one that was scanned; `undefined` where it changed or went. */
export async function openUnchanged(file: SiteFile): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file.filePath, 'r');
  } catch {
    return undefined;
  }
  const facts = await handle.stat();
  const fingerprint = `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}`;
  if (fingerprint === file.fingerprint) return handle;
  await handle.close();
  return undefined;
}

export interface Part {
  /** Sent before the bytes: a multipart's header; '' for none. */
  readonly preface: string;
  readonly range: ByteRange;
}

/** Sends the parts in turn, then `trailer`, and ends the answer, whose head was written. Closes `handle`. */
export async function sendParts(
  exchange: Exchange,
  handle: FileHandle,
  parts: readonly Part[],
  trailer = '',
): Promise<void> {
  const { response } = exchange;
  try {
    for (const { preface, range } of parts) {
      if (preface !== '') await write(exchange, Buffer.from(preface, 'latin1'));
      if (range.last < range.first) continue;
      const stream = handle.createReadStream({
        start: range.first,
        end: range.last,
        autoClose: false,
        highWaterMark: 64 * 1024,
      });
      let sent = 0;
      for await (const chunk of stream) {
        if (exchange.finished) return;
        sent += chunk.length;
        await write(exchange, chunk);
      }
      if (sent !== range.last - range.first + 1) {
        exchange.cut('file-changed');
        return;
      }
    }
    if (trailer !== '') await write(exchange, Buffer.from(trailer, 'latin1'));
    response.end();
  } catch (error) {
    exchange.context.log.warn({ err: error, id: exchange.id }, 'a file could not be read to its end');
    exchange.cut('file-read');
  } finally {
    await handle.close().catch(() => {});
  }
}

/** Sends the whole file compressed on the way. Closes `handle`. */
export async function sendCompressed(exchange: Exchange, handle: FileHandle): Promise<void> {
  const gzip = createGzip({ level: 6 });
  const source = createReadStream('', { fd: handle, autoClose: false });
  source.on('error', (error) => gzip.destroy(error));
  source.pipe(gzip);
  try {
    for await (const chunk of gzip) {
      if (exchange.finished) return;
      await write(exchange, chunk);
    }
    exchange.response.end();
  } catch (error) {
    exchange.context.log.warn({ err: error, id: exchange.id }, 'a file could not be read to its end');
    exchange.cut('file-read');
  } finally {
    source.destroy();
    gzip.destroy();
    await handle.close().catch(() => {});
  }
}

/** Resolves once there is room for more, or the exchange is over. */
function write(exchange: Exchange, chunk: Buffer): Promise<void> | undefined {
  const { response, context } = exchange;
  exchange.sentBytes += chunk.length;
  if (exchange.finished || response.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    const cancel = context.clock.after(context.limits.slowReaderMs, () => {
      exchange.cut('slow-reader');
      done();
    });
    response.on('drain', done);
    response.on('close', done);
  });
}
