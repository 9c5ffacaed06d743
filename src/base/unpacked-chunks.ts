/**
 * The bytes of a file, unpacked: plain, gzip or bzip2, told apart by their first bytes; `-` is standard input.
 *
 * Why chunks: a routing table or a topology is larger than what fits comfortably in memory. Each chunk is valid until the next is asked for.
 * Errors: a file that cannot be opened is a `ProblemError` (`file.unreadable`). A packed stream that is damaged or cut off first gives
 * all that could be unpacked, and then throws `UnpackError`.
 */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Bzip2Decoder } from './bzip2/decoder.ts';
import { fail } from './problem.ts';

export class UnpackError extends Error {}

const plainBytes = 1024 * 1024;
/** What one of them unpacks to is held at once: at most a thousand times as much. */
const packedBytes = 64 * 1024;

export interface ChunkSource {
  readonly stdin: Readable;
}

/** The unpacked bytes of the file at `path`. */
export async function* unpackedChunks(path: string, { stdin }: ChunkSource): AsyncGenerator<Uint8Array> {
  const raw = path === '-' ? streamChunks(stdin) : fileChunks(path);
  const first = await firstBytes(raw);
  const [a, b, c] = first;
  const all = putBack(first, raw);
  if (a === 0x1f && b === 0x8b) yield* gunzipped(all);
  else if (a === 0x42 && b === 0x5a && c === 0x68) yield* bunzipped(all);
  else yield* all;
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r').catch((error: Error) =>
    fail({
      code: 'file.unreadable',
      what: error.message,
      where: path,
      fix: 'name a file that exists and may be read, or -',
    }),
  );
  try {
    const buffer = new Uint8Array(plainBytes);
    for (;;) {
      const { bytesRead } = await handle
        .read(buffer, 0, buffer.length)
        .catch((error: Error) =>
          fail({ code: 'file.unreadable', what: error.message, where: path, fix: 'name a file, not a directory' }),
        );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* streamChunks(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield chunk as Uint8Array;
}

/** Copied: at least three bytes, fewer only where there are no more. */
async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 3) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    first = Buffer.concat([first, value]);
  }
  return first;
}

async function* putBack(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Pieces small enough that what they unpack to is bounded. */
function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += packedBytes) yield chunk.slice(at, at + packedBytes);
}

/**
 * Why not a pipe: a stream that ends in an error drops what it has unpacked and nobody has read yet. While one piece is being
 * unpacked in zlib's thread, what the last one gave is being read here.
 */
async function* gunzipped(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let ready: Uint8Array[] = [];
  let fault: Error | undefined;
  gunzip.on('data', (bytes: Uint8Array) => ready.push(bytes));
  const ended = new Promise<void>((resolve) => {
    gunzip.on('end', resolve);
    gunzip.on('error', (error: Error) => {
      fault = error;
      resolve();
    });
  });
  function* take(): Generator<Uint8Array> {
    const taken = ready;
    ready = [];
    yield* taken;
  }
  try {
    let busy: Promise<unknown> = Promise.resolve();
    for await (const chunk of chunks) {
      for (const piece of pieces(chunk)) {
        await busy;
        if (fault !== undefined) break;
        busy = Promise.race([ended, new Promise((resolve) => gunzip.write(piece, resolve))]);
        yield* take();
      }
      if (fault !== undefined) break;
    }
    await busy;
    if (fault === undefined) {
      gunzip.end();
      await ended;
    }
    yield* take();
    if (fault !== undefined) throw new UnpackError(`gzip: ${(fault as Error).message}`);
  } finally {
    gunzip.destroy();
  }
}

async function* bunzipped(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const decoder = new Bzip2Decoder((bytes) => ready.push(bytes));
  let fault: string | undefined;
  for await (const chunk of chunks) {
    for (const piece of pieces(chunk)) {
      fault = decoder.push(piece);
      yield* ready.splice(0);
      if (fault !== undefined) break;
    }
    if (fault !== undefined) break;
  }
  fault ??= decoder.end();
  yield* ready.splice(0);
  if (fault !== undefined) throw new UnpackError(fault);
}
