/**
 * The network file as control needs it: intent, with sites still as directories.
 *
 * Why apart: reading and checking belong to network/; control decides what to do where the file is bad.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail, type Problem, ProblemError } from '../base/problem.ts';
import { compileNetwork } from '../network/compile.ts';
import { loadNetwork } from '../network/document.ts';
import type { DomainIntent, PopIntent, ServiceIntent } from '../network/intent.ts';

export type ServiceSource =
  | Extract<ServiceIntent, { kind: 'web' }>
  /** `directory` is absolute; control makes the manifest from it. */
  | { readonly kind: 'static'; readonly directory: string };

export interface NetworkSource {
  readonly network: string;
  readonly minimumAnnouncers: number;
  readonly pops: Readonly<Record<string, PopIntent>>;
  readonly services: Readonly<Record<string, ServiceSource>>;
  readonly domains: Readonly<Record<string, DomainIntent>>;
  readonly warnings: readonly Problem[];
}

/** Reads the network as it is described now. Throws a ProblemError with all that is wrong. */
export type ReadNetwork = () => NetworkSource;

/** Reads and compiles a network file. Directories of sites are relative to it. Codes: `network.*`, `control.network-file`. */
export function networkFileReader(file: string, options: { readonly production?: boolean } = {}): ReadNetwork {
  return () => {
    const loaded = loadNetwork(readOrFail(file), { file, production: options.production ?? false });
    if (!loaded.ok) throw new ProblemError(loaded.problems);
    const document = loaded.value;
    const compiled = compileNetwork(document);
    const services: Record<string, ServiceSource> = {};
    for (const [name, service] of Object.entries(compiled.services)) {
      services[name] =
        service.kind === 'static' ? { kind: 'static', directory: resolve(dirname(file), service.directory) } : service;
    }
    return {
      network: document.network,
      minimumAnnouncers: document.safety.minimumAnnouncers,
      pops: compiled.pops,
      services,
      domains: compiled.domains,
      warnings: loaded.warnings,
    };
  };
}

function readOrFail(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    return fail({
      code: 'control.network-file',
      what: `the network file cannot be read: ${(error as Error).message}`,
      where: file,
      fix: 'check the path, and that the user that runs control may read it',
    });
  }
}
