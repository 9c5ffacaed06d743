/**
 * Fetches content from control by its SHA-256 and lets none in that does not match: a file that cannot be what it is named
 * after never reaches a site.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { ControlClient } from './control-client.ts';

export interface BlobSource {
  /** The blob's bytes. Throws where control is away, refuses, or sends other content than asked for. */
  read(sha256: string, longestBytes: number): Promise<Buffer>;
  /** Writes the blob of `bytes` bytes to a new file at `path`. Throws as `read` does, and where the disk refuses. */
  save(sha256: string, bytes: number, path: string): Promise<void>;
}

/** Control sent something else than what was asked for. */
export class WrongBlob extends Error {}

const headLimitMs = 10_000;
/** Between two pieces of a blob. */
const silenceMs = 10_000;

export function blobsFrom(control: ControlClient): BlobSource {
  async function stream(sha256: string, longest: number, take: (part: Uint8Array) => Promise<void>): Promise<number> {
    const response = await control.get(`/api/v1/agent/blobs/${sha256}`, { headMs: headLimitMs });
    response.setTimeout(silenceMs, () => response.destroy(new Error(`control was silent for ${silenceMs} ms`)));
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const part of response as AsyncIterable<Uint8Array>) {
        bytes += part.length;
        if (bytes > longest) throw new WrongBlob(`control sent more than the ${longest} bytes that ${sha256} has`);
        hash.update(part);
        await take(part);
      }
    } finally {
      response.destroy();
    }
    if (hash.digest('hex') !== sha256) throw new WrongBlob(`what control sent for ${sha256} has another SHA-256`);
    return bytes;
  }

  return {
    async read(sha256, longestBytes) {
      const parts: Uint8Array[] = [];
      await stream(sha256, longestBytes, async (part) => {
        parts.push(part);
      });
      return Buffer.concat(parts);
    },
    async save(sha256, bytes, path) {
      let file: FileHandle | undefined;
      try {
        file = await open(path, 'wx', 0o644);
        const target = file;
        const written = await stream(sha256, bytes, async (part) => {
          await target.writeFile(part); // appends at the handle's position
        });
        if (written !== bytes) throw new WrongBlob(`${sha256} has ${written} bytes, its manifest says ${bytes}`);
        await file.sync();
      } finally {
        await file?.close();
      }
    },
  };
}
