/**
 * Blobs: file contents under their SHA-256, kept in the state directory.
 *
 * Why a copy: what was published stays whole while its author edits the directory, and an agent that comes weeks later
 * gets the same bytes. A name that is a hash never changes its content, so writing one twice is harmless.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface StoredBlob {
  readonly sha256: string;
  readonly bytes: number;
}

const sha256Pattern = /^[0-9a-f]{64}$/;

export class BlobStore {
  readonly directory: string;
  #serial = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Where the blob lies, if it is there. */
  path(sha256: string): string {
    return join(this.directory, sha256.slice(0, 2), sha256);
  }

  /** The blob's length; `undefined` where there is none, or where the name is no SHA-256. */
  async bytesOf(sha256: string): Promise<number | undefined> {
    if (!sha256Pattern.test(sha256)) return undefined;
    try {
      return (await stat(this.path(sha256))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Keeps a copy of the file as it is now. A file that is kept already costs one reading and no writing. */
  async addFile(path: string): Promise<StoredBlob> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const sha256 = hash.digest('hex');
    const bytes = await this.bytesOf(sha256);
    if (bytes !== undefined) return { sha256, bytes };
    // The file may change between the two readings: what counts is what was copied.
    return this.#write(createReadStream(path));
  }

  addBytes(bytes: Uint8Array): Promise<StoredBlob> {
    return this.#write([bytes]);
  }

  /** Removes all blobs but these, and what an interrupted run left half written. Returns how many went. */
  async sweep(keep: ReadonlySet<string>): Promise<number> {
    let gone = 0;
    for (const part of await namesIn(this.directory)) {
      for (const name of await namesIn(join(this.directory, part))) {
        if (keep.has(name)) continue;
        await rm(join(this.directory, part, name), { force: true });
        gone++;
      }
    }
    return gone;
  }

  async #write(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredBlob> {
    const unfinished = join(this.directory, 'unfinished');
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const beside = join(unfinished, `${process.pid}-${this.#serial++}`);
    const hash = createHash('sha256');
    let bytes = 0;
    const counting = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(source, counting, createWriteStream(beside, { mode: 0o600, flush: true }));
      const sha256 = hash.digest('hex');
      await mkdir(join(this.directory, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
      await rename(beside, this.path(sha256));
      return { sha256, bytes };
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
