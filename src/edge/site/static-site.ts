/**
 * A static site, served from the PoP's own copy.
 *
 * The table of files is read when the site is loaded and swapped whole when it is read again, so a request sees either
 * the old site or the new one. A request for a small file touches memory only.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Logger } from '../../base/log.ts';
import type { Exchange, Service } from '../exchange.ts';
import { type Compressor, compressAboveBytes, compressWholeBelowBytes } from './compress.ts';
import { evaluateConditions, ifRangeHolds } from './conditional.ts';
import { acceptedCodings, type ContentCoding } from './encoding.ts';
import type { Memory } from './memory.ts';
import { decodePath, encodePath } from './path.ts';
import { type ByteRange, parseRanges } from './range.ts';
import { buildPages, type Page, type Representation, represent } from './representation.ts';
import { readSiteFields, type SiteFields } from './request-fields.ts';
import { type SiteFile, scanSite } from './scan.ts';
import { openUnchanged, type Part, sendCompressed, sendParts } from './send-file.ts';

export interface SiteParts {
  readonly memory: Memory;
  readonly compressor: Compressor;
  readonly log: Logger;
}

export class StaticSite implements Service {
  readonly name: string;
  readonly directory: string;
  readonly #parts: SiteParts;
  #files: ReadonlyMap<string, SiteFile> = new Map();
  #pages: ReadonlyMap<string, Page> = new Map();
  #reading: Promise<void> | undefined;

  constructor(name: string, directory: string, parts: SiteParts) {
    this.name = name;
    this.directory = directory;
    this.#parts = parts;
  }

  /** Reads the directory and swaps the table; throws the system's error, and keeps the old table, where it cannot. */
  load(): Promise<void> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<void> {
    const contents = new Map<string, Buffer>();
    let kept = 0;
    const { files, skipped } = await scanSite(this.directory, this.#files, (file, content) => {
      // As much as a small site has; the rest is read when it is asked for.
      if (kept + content.length > 4 * 1024 * 1024) return;
      kept += content.length;
      contents.set(file.urlPath, content);
    });
    for (const { path, why } of skipped) this.#parts.log.warn({ path, why }, 'a file of a site is not served');
    const pages = buildPages(files);
    for (const [path, page] of pages) {
      const old = this.#pages.get(path);
      const content = contents.get(path);
      if (content !== undefined) this.#parts.memory.keep(page.identity, content);
      else if (old !== undefined && old.file === page.file && old.precompressed.size === page.precompressed.size) {
        pages.set(path, old);
      }
    }
    const before = this.#pages;
    this.#files = files;
    this.#pages = pages;
    for (const [path, page] of before) if (pages.get(path) !== page) this.#forget(page);
  }

  close(): void {
    for (const page of this.#pages.values()) this.#forget(page);
    this.#pages = new Map();
  }

  #forget(page: Page): void {
    this.#parts.memory.forget(page.identity);
    for (const one of page.precompressed.values()) this.#parts.memory.forget(one);
    for (const one of page.compressed.values()) if (one !== null) this.#parts.memory.forget(one);
  }

  handle(exchange: Exchange): void {
    const { method } = exchange.request;
    if (method !== 'GET' && method !== 'HEAD') {
      const headers = ['allow', 'GET, HEAD, OPTIONS'];
      if (method === 'OPTIONS') exchange.answer(204, headers, '');
      else exchange.fail(405, { failure: 'method', headers });
      return;
    }
    const path = decodePath(exchange.target);
    const page = path === undefined ? undefined : this.#pages.get(path.endsWith('/') ? `${path}index.html` : path);
    if (page !== undefined) {
      this.#serve(exchange, page, 200);
    } else if (path !== undefined && this.#pages.has(`${path}/index.html`)) {
      const query = exchange.target.indexOf('?');
      const location = `${encodePath(path)}/${query < 0 ? '' : exchange.target.slice(query)}`;
      exchange.answer(308, ['location', location, 'cache-control', 'no-cache'], '');
    } else {
      this.#notFound(exchange);
    }
  }

  #notFound(exchange: Exchange): void {
    const page = this.#pages.get('/404.html');
    if (page === undefined) exchange.fail(404);
    else this.#serve(exchange, page, 404);
  }

  #serve(exchange: Exchange, page: Page, status: number): void {
    const fields = readSiteFields(exchange.request.rawHeaders);
    if (status === 200 && fields.range !== undefined && exchange.request.method === 'GET') {
      // Ranges are of the plain file: parts of a compressed one are of no use to who resumes or seeks.
      if (this.#serveRanges(exchange, page, fields)) return;
    }
    const choice = this.#choose(page, fields.acceptEncoding);
    if (choice instanceof Promise || choice.body === undefined) {
      void this.#serveSlowly(exchange, page, choice, fields, status);
    } else {
      this.#sendFromMemory(exchange, page, choice, fields, status);
    }
  }

  #sendFromMemory(exchange: Exchange, page: Page, one: Representation, fields: SiteFields, status: number): void {
    if (status === 200 && this.#answerCondition(exchange, page, one, fields)) return;
    one.used = true;
    exchange.answer(status, one.headers.slice(), one.body as Buffer | string);
  }

  async #serveSlowly(
    exchange: Exchange,
    page: Page,
    choice: Representation | Promise<Representation>,
    fields: SiteFields,
    status: number,
  ): Promise<void> {
    try {
      const one = await choice;
      if (exchange.finished) return;
      if (one.body !== undefined) return this.#sendFromMemory(exchange, page, one, fields, status);
      if (status === 200 && this.#answerCondition(exchange, page, one, fields)) return;
      const handle = one.file === undefined ? undefined : await openUnchanged(one.file);
      if (handle === undefined) return await this.#reread(exchange, page);
      if (exchange.finished) return await handle.close();
      if (one.bytes <= this.#parts.memory.largestBytes) {
        const body = await handle.readFile().finally(() => handle.close());
        if (body.length !== one.bytes) return await this.#reread(exchange, page);
        if (!this.#isCurrent(page) || !this.#parts.memory.keep(one, body)) one.body = undefined;
        if (exchange.finished) return;
        exchange.answer(status, one.headers.slice(), body);
        return;
      }
      await this.#sendFromDisk(exchange, page, one, handle, fields, status);
    } catch (error) {
      this.#parts.log.error({ err: error, id: exchange.id }, 'a file could not be served');
      exchange.fail(500, { failure: 'file' });
    }
  }

  async #sendFromDisk(
    exchange: Exchange,
    page: Page,
    one: Representation,
    handle: FileHandle,
    fields: SiteFields,
    status: number,
  ): Promise<void> {
    const head = exchange.request.method === 'HEAD';
    if (one.coding === 'identity' && page.compressible && acceptedCodings(fields.acceptEncoding)[0] !== 'identity') {
      const streamed = acceptedCodings(fields.acceptEncoding).includes('gzip');
      if (streamed) {
        exchange.head(status, represent(page, 'gzip', 0, undefined).headers.slice());
        if (!head) return sendCompressed(exchange, handle);
      } else {
        exchange.head(status, [...one.headers, 'content-length', String(one.bytes)]);
        if (!head) return sendParts(exchange, handle, [{ preface: '', range: { first: 0, last: one.bytes - 1 } }]);
      }
    } else {
      exchange.head(status, [...one.headers, 'content-length', String(one.bytes)]);
      if (!head) return sendParts(exchange, handle, [{ preface: '', range: { first: 0, last: one.bytes - 1 } }]);
    }
    exchange.response.end();
    await handle.close();
  }

  /** Somebody changed the copy in place: the table is read again, and the request answered from the new one. */
  async #reread(exchange: Exchange, page: Page): Promise<void> {
    await this.load();
    if (exchange.finished) return;
    const now = this.#pages.get(page.file.urlPath);
    if (now === undefined) exchange.fail(404);
    else if (now === page) exchange.fail(500, { failure: 'file' });
    else this.#serve(exchange, now, 200);
  }

  #isCurrent(page: Page): boolean {
    return this.#pages.get(page.file.urlPath) === page;
  }

  #answerCondition(exchange: Exchange, page: Page, one: Representation, fields: SiteFields): boolean {
    const verdict = evaluateConditions(fields, { etag: one.etag, lastModifiedMs: page.lastModifiedMs });
    if (verdict === undefined) return false;
    if (verdict === 412) {
      exchange.fail(412);
      return true;
    }
    // RFC 9110 §15.4.5: what a cache needs to update its copy, without what describes the body.
    const headers = ['etag', one.etag];
    if (page.compressible) headers.push('vary', 'accept-encoding');
    exchange.answer(304, headers, '');
    return true;
  }

  /** Returns false where the range is to be ignored. */
  #serveRanges(exchange: Exchange, page: Page, fields: SiteFields): boolean {
    const one = page.identity;
    const validators = { etag: one.etag, lastModifiedMs: page.lastModifiedMs };
    if (!ifRangeHolds(fields.ifRange, validators)) return false;
    if (evaluateConditions(fields, validators) !== undefined) return this.#answerCondition(exchange, page, one, fields);
    const ranges = parseRanges(fields.range as string, one.bytes);
    if (ranges === undefined) return false;
    if (ranges === 'unsatisfiable') {
      exchange.fail(416, { headers: ['content-range', `bytes */${one.bytes}`] });
      return true;
    }
    void this.#sendRanges(exchange, page, ranges).catch((error) => {
      this.#parts.log.error({ err: error, id: exchange.id }, 'a file could not be served');
      exchange.fail(500, { failure: 'file' });
    });
    return true;
  }

  async #sendRanges(exchange: Exchange, page: Page, ranges: readonly ByteRange[]): Promise<void> {
    const one = page.identity;
    const handle = await openUnchanged(page.file);
    if (handle === undefined) return this.#reread(exchange, page);
    if (exchange.finished) return handle.close();
    const only = ranges.length === 1 ? ranges[0] : undefined;
    const contentRange = (range: ByteRange) => `bytes ${range.first}-${range.last}/${one.bytes}`;
    if (only !== undefined) {
      const length = only.last - only.first + 1;
      exchange.head(206, [...one.headers, 'content-range', contentRange(only), 'content-length', String(length)]);
      return sendParts(exchange, handle, [{ preface: '', range: only }]);
    }
    // RFC 9110 §14.6: several parts, each with its own range and type.
    const boundary = `nearcast-${page.file.sha256.slice(0, 24)}`;
    const parts: Part[] = ranges.map((range, i) => ({
      preface: `${i === 0 ? '' : '\r\n'}--${boundary}\r\ncontent-type: ${page.type}\r\ncontent-range: ${contentRange(range)}\r\n\r\n`,
      range,
    }));
    const trailer = `\r\n--${boundary}--\r\n`;
    const length = parts.reduce(
      (sum, { preface, range }) => sum + preface.length + range.last - range.first + 1,
      trailer.length,
    );
    const headers = one.headers.slice();
    headers[headers.indexOf('content-type') + 1] = `multipart/byteranges; boundary=${boundary}`;
    exchange.head(206, [...headers, 'content-length', String(length)]);
    return sendParts(exchange, handle, parts, trailer);
  }

  /** The representation that this client gets; a promise where it is yet to be compressed. */
  #choose(page: Page, acceptEncoding: string | undefined): Representation | Promise<Representation> {
    if (acceptEncoding === undefined || !page.compressible) return page.identity;
    for (const coding of acceptedCodings(acceptEncoding)) {
      if (coding === 'identity') break;
      const ready = page.precompressed.get(coding);
      if (ready !== undefined) return ready;
      if (page.file.bytes < compressAboveBytes || page.file.bytes > compressWholeBelowBytes) continue;
      const made = page.compressed.get(coding);
      if (made === null) break;
      if (made !== undefined && made.body !== undefined) return made;
      return this.#compress(page, coding);
    }
    return page.identity;
  }

  async #compress(page: Page, coding: Exclude<ContentCoding, 'identity'>): Promise<Representation> {
    let plain = page.identity.body;
    if (plain === undefined) {
      const handle = await openUnchanged(page.file);
      if (handle === undefined) return page.identity;
      plain = await handle.readFile().finally(() => handle.close());
    }
    const body = typeof plain === 'string' ? Buffer.from(plain, 'latin1') : plain;
    const small = await this.#parts.compressor.compress(body, coding);
    if (small === 'busy') return page.identity;
    if (small === undefined) {
      page.compressed.set(coding, null);
      return page.identity;
    }
    const one = represent(page, coding, small.length, undefined);
    if (!this.#isCurrent(page) || !this.#parts.memory.keep(one, small)) one.body = small;
    else page.compressed.set(coding, one);
    return one;
  }
}
