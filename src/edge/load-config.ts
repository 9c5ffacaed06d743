/** Gets the configuration into the main thread without holding it up, however large the file is. */
import { stat } from 'node:fs/promises';
import type { Checked } from '../base/problem.ts';
import { type ConfigFacts, domainPieces, readConfig } from './config.ts';
import { loadInThread } from './config-thread.ts';

export interface LoadedConfig {
  readonly facts: ConfigFacts;
  /** SHA-256 of the file's bytes, in hexadecimal. */
  readonly sha256: string;
  /** Domains and their services in turn, in pieces between which other work has its turn. To be read once, to the end. */
  readonly domains: AsyncIterable<readonly string[]>;
  /** Ends what is still open behind it, whether or not the domains were read. */
  discard(): void;
}

/** Above this, reading and checking takes so long that requests and health checks would wait: a thread does it. */
const inThreadAboveBytes = 512 * 1024;

/** Reads and checks the file; Problems as of `readConfig`. */
export async function loadConfig(path: string): Promise<Checked<LoadedConfig>> {
  const size = await stat(path).then(
    (facts) => facts.size,
    () => 0,
  );
  if (size > inThreadAboveBytes) return loadInThread(path);
  const checked = readConfig(path);
  if (!checked.ok) return checked;
  const { config, sha256 } = checked.value;
  const { domains, ...facts } = config;
  return {
    ok: true,
    value: { facts, sha256, domains: yielding(domainPieces(domains)), discard: () => {} },
    warnings: [],
  };
}

async function* yielding(pieces: Iterable<readonly string[]>): AsyncIterable<readonly string[]> {
  for (const piece of pieces) {
    yield piece;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
