/**
 * Downloads one file so that a broken connection costs only what was under way: what came is kept beside, and the next try
 * asks for the rest, if the server still has the same file (RFC 9110 §13.1.5, §14).
 *
 * A server that says nothing for a while is given up. The file gets its name only when it is whole.
 */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';

export interface DownloadOptions {
  readonly url: string;
  readonly file: string;
  readonly clock: Clock;
  /** `all` is unknown where the server does not say. */
  readonly onProgress?: (bytes: number, all: number | undefined) => void;
  readonly signal?: AbortSignal;
  readonly silenceMs?: number;
  /** More than any file of this kind has. */
  readonly mostBytes?: number;
}

const partSuffix = '.part';
const validatorSuffix = '.etag';

/**
 * Fetches `url` into `file`. Problems: `internet.fetch-failed` (no answer, or none that helps), `internet.fetch-incomplete`
 * (it broke off; the next call goes on), `internet.fetch-too-large`.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, file, clock, onProgress, signal, silenceMs = 30_000, mostBytes = 512 * 1024 * 1024 } = options;
  mkdirSync(dirname(file), { recursive: true });
  // Hidden: whoever looks for files by name does not find half a one.
  const part = join(dirname(file), `.${basename(file).replaceAll('as-rel', 'topology')}${partSuffix}`);
  const validatorFile = part + validatorSuffix;
  const validator = existsSync(part) && existsSync(validatorFile) ? readFileSync(validatorFile, 'utf8') : undefined;
  let bytes = validator === undefined ? 0 : statSync(part).size;

  const stop = new AbortController();
  const giveUp = (): void => stop.abort(new Error(`nothing came for ${silenceMs / 1000} s`));
  let cancel = clock.after(silenceMs, giveUp);
  const signals = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  try {
    const response = await get(
      url,
      bytes > 0 ? { range: `bytes=${bytes}-`, 'if-range': validator as string } : {},
      signals,
    );
    if (response.status === 200) bytes = 0;
    else if (response.status !== 206 || !startsAt(response.headers.get('content-range'), bytes)) {
      rmSync(part, { force: true });
      rmSync(validatorFile, { force: true });
      // Beyond its end: what we have is not a part of what is there now.
      if (bytes > 0) return await download(options);
      failed(url, `the server answered ${response.status} ${response.statusText}`);
    }
    const length = response.headers.get('content-length');
    const all = length === null || response.headers.has('content-encoding') ? undefined : bytes + Number(length);
    const tag = response.headers.get('etag') ?? response.headers.get('last-modified');
    // A weak validator cannot vouch for a part (RFC 9110 §13.1.5).
    if (tag !== null && !tag.startsWith('W/')) writeFileSync(validatorFile, tag);
    else rmSync(validatorFile, { force: true });
    const watched = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        cancel();
        cancel = clock.after(silenceMs, giveUp);
        bytes += chunk.length;
        if (bytes > mostBytes) tooLarge(url, mostBytes);
        onProgress?.(bytes, all);
        yield chunk;
      }
    };
    const out = createWriteStream(part, { flags: response.status === 206 ? 'a' : 'w' });
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never);
    await pipeline(body, watched, out, { signal: signals }).catch((error: Error) => brokenOff(url, bytes, error));
    if (all !== undefined && bytes !== all) brokenOff(url, bytes, new Error(`${bytes} of ${all} bytes came`));
    renameSync(part, file);
    rmSync(validatorFile, { force: true });
  } finally {
    cancel();
  }
}

/** An answer's head. Problem: `internet.fetch-failed`. */
export async function get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers }, signal });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return failed(url, cause?.message ?? message);
  }
}

function startsAt(contentRange: string | null, bytes: number): boolean {
  return contentRange?.startsWith(`bytes ${bytes}-`) === true;
}

function failed(url: string, what: string): never {
  return fail(
    {
      code: 'internet.fetch-failed',
      what: `the download failed: ${what}`,
      where: url,
      fix: 'check the network and the address; or download the file by other means and put it into the data directory',
    },
    exitCode.unreachable,
  );
}

function brokenOff(url: string, bytes: number, error: Error): never {
  if ('problems' in error) throw error;
  return fail(
    {
      code: 'internet.fetch-incomplete',
      what: `the download broke off after ${bytes} bytes: ${error.message}`,
      where: url,
      fix: 'run the command again: it goes on where it stopped',
    },
    exitCode.unreachable,
  );
}

function tooLarge(url: string, most: number): never {
  return fail({
    code: 'internet.fetch-too-large',
    what: `the file has more than ${most} bytes`,
    where: url,
    fix: 'check the address: no file that belongs there is as large',
  });
}
