/**
 * Bearer tokens: one for each PoP's agent, and one for administrators where the API is open to other machines.
 *
 * An agent's token is made at first sight of its PoP and written to `<state>/tokens/<pop>.token`, from where an operator
 * takes it to the PoP. The store keeps only its hash. While the file is there, it rules: a new token in it is the new
 * token (after a start or a reload). Moving the file away is fine, and wise where control's machine is not the PoP's.
 * Tokens are 256 random bits, so a plain SHA-256 suffices; slow hashes are for what people think up.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import { fail } from '../base/problem.ts';
import type { Store } from './store/store.ts';

/** Shorter ones can be guessed. */
const minimumLength = 20;

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The token in a file; refuses one that is too short or that other users can read. */
export function readTokenFile(path: string, text: string): string {
  const token = text.trim();
  if (token.length < minimumLength || /[^\x21-\x7e]/.test(token)) {
    fail({
      code: 'control.token-file',
      what: `a token has at least ${minimumLength} printable characters and no space`,
      where: path,
      fix: 'write a new one: openssl rand -hex 32',
    });
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    fail({
      code: 'control.token-file-open',
      what: 'other users of this machine can read the token',
      where: path,
      fix: `chmod 600 ${path}`,
    });
  }
  return token;
}

export class AdminToken {
  readonly #hash: Buffer;

  constructor(token: string) {
    this.#hash = hashOf(token);
  }

  static fromFile(path: string): AdminToken {
    const text = readFileIfThere(path);
    if (text === undefined) {
      const fix = `make one: (umask 077; openssl rand -hex 32 > ${path})`;
      fail({ code: 'control.token-file', what: 'there is no such token file', where: path, fix });
    }
    return new AdminToken(readTokenFile(path, text));
  }

  accepts(bearer: string): boolean {
    return timingSafeEqual(hashOf(bearer), this.#hash);
  }
}

export class AgentTokens {
  readonly #store: Store;
  readonly #directory: string;
  readonly #logger: Logger;
  #hashes: ReadonlyMap<string, Buffer> = new Map();

  constructor(options: { readonly store: Store; readonly directory: string; readonly logger: Logger }) {
    this.#store = options.store;
    this.#directory = options.directory;
    this.#logger = options.logger;
  }

  path(pop: string): string {
    return join(this.#directory, `${pop}.token`);
  }

  /** Sees to it that each of these PoPs has a token, and no other. */
  sync(pops: readonly string[]): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    for (const pop of pops) {
      const text = readFileIfThere(this.path(pop));
      const stored = this.#store.tokenHash(pop);
      if (text === undefined && stored !== undefined) continue;
      const token = text === undefined ? randomBytes(32).toString('base64url') : readTokenFile(this.path(pop), text);
      const hash = hashOf(token).toString('hex');
      if (text === undefined) writeFileAtomic(this.path(pop), `${token}\n`);
      if (hash === stored) continue;
      this.#store.setTokenHash(pop, hash);
      this.#logger.info({ pop, file: this.path(pop) }, 'the token of this agent is in its file');
    }
    const known = new Set(pops);
    for (const pop of this.#store.tokenHashes().keys()) if (!known.has(pop)) this.#store.setTokenHash(pop, null);
    this.#hashes = new Map([...this.#store.tokenHashes()].map(([pop, hex]) => [pop, Buffer.from(hex, 'hex')]));
  }

  /** The PoP whose agent has this token. Compares with all, in the same time whichever it is. */
  popOf(bearer: string): string | undefined {
    const hash = hashOf(bearer);
    let found: string | undefined;
    for (const [pop, expected] of this.#hashes) if (timingSafeEqual(hash, expected)) found = pop;
    return found;
  }
}
