/**
 * The network file as control needs it: intent, with sites still as directories.
 *
 * Why apart: reading and checking belong to network/; control decides what to do where the file is bad.
 */
import { type Problem, ProblemError } from '../base/problem.ts';
import { compileNetwork } from '../network/compile.ts';
import type { DomainIntent, PopIntent, ServiceIntent } from '../network/intent.ts';
import { loadNetworkFile, siteDirectory } from '../network/load.ts';

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

/** Reads and compiles a network file. Directories of sites are relative to it. Codes: `network.…`. */
export function networkFileReader(file: string, options: { readonly production?: boolean } = {}): ReadNetwork {
  return () => {
    const loaded = loadNetworkFile(file, options);
    if (!loaded.ok) throw new ProblemError(loaded.problems);
    const document = loaded.value;
    const compiled = compileNetwork(document);
    const services: Record<string, ServiceSource> = {};
    for (const [name, service] of Object.entries(compiled.services)) {
      services[name] =
        service.kind === 'static' ? { ...service, directory: siteDirectory(file, service.directory) } : service;
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
