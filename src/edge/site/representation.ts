/**
 * Representations: one file in one content coding, with the headers that it is answered with, made once.
 */
import type { ContentCoding } from './encoding.ts';
import type { Slot } from './memory.ts';
import { isCompressible, mediaType } from './mime.ts';
import type { SiteFile } from './scan.ts';

export interface Representation extends Slot {
  readonly coding: ContentCoding;
  /** Where its bytes are; `undefined` for one that was compressed here and is in memory only. */
  readonly file: SiteFile | undefined;
  readonly bytes: number;
  /** Strong, with quotes: another coding is another tag (RFC 9110 §8.8.3.3). */
  readonly etag: string;
  /** Names and values in turn, for an answer in full; without `content-length`. */
  readonly headers: readonly string[];
}

/** A file as it is served: its representations, known or yet to be made. */
export interface Page {
  readonly file: SiteFile;
  readonly type: string;
  readonly compressible: boolean;
  readonly lastModifiedMs: number;
  readonly identity: Representation;
  readonly precompressed: ReadonlyMap<ContentCoding, Representation>;
  /** Made at first need; `null` where compressing did not make it smaller. */
  readonly compressed: Map<ContentCoding, Representation | null>;
}

/** The pages of a table: a file beside its `.br` and `.gz`. */
export function buildPages(files: ReadonlyMap<string, SiteFile>): Map<string, Page> {
  const pages = new Map<string, Page>();
  for (const file of files.values()) {
    const type = mediaType(file.urlPath);
    const br = files.get(`${file.urlPath}.br`);
    const gzip = files.get(`${file.urlPath}.gz`);
    const compressible = isCompressible(type) || br !== undefined || gzip !== undefined;
    const facts = { file, type, compressible, lastModifiedMs: Math.floor(file.modifiedMs / 1000) * 1000 };
    const precompressed = new Map<ContentCoding, Representation>();
    if (br !== undefined) precompressed.set('br', represent(facts, 'br', br.bytes, br));
    if (gzip !== undefined) precompressed.set('gzip', represent(facts, 'gzip', gzip.bytes, gzip));
    const identity = represent(facts, 'identity', file.bytes, file);
    pages.set(file.urlPath, { ...facts, identity, precompressed, compressed: new Map() });
  }
  return pages;
}

/** One representation of a page. */
export function represent(
  page: Pick<Page, 'file' | 'type' | 'compressible' | 'lastModifiedMs'>,
  coding: ContentCoding,
  bytes: number,
  file: SiteFile | undefined,
): Representation {
  const hash = page.file.sha256.slice(0, 32);
  const etag = coding === 'identity' ? `"${hash}"` : `"${hash}-${coding}"`;
  const headers = [
    'content-type',
    page.type,
    'etag',
    etag,
    'last-modified',
    new Date(page.lastModifiedMs).toUTCString(),
  ];
  if (coding !== 'identity') headers.push('content-encoding', coding);
  if (page.compressible) headers.push('vary', 'accept-encoding');
  headers.push('accept-ranges', coding === 'identity' ? 'bytes' : 'none');
  return { coding, file, bytes, etag, headers, body: undefined, used: false };
}
