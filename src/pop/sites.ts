/**
 * The PoP's own copies of the static sites: which service is served from which directory, fetched anew when control
 * publishes another version.
 *
 * A version that cannot be fetched leaves the old one in service, is reported, and tried again with growing delays. Old
 * copies are removed only when the edge has been told of the new ones (`prune`).
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import { backoffMs } from './backoff.ts';
import type { BlobSource } from './blobs.ts';
import { hasSiteCopy, makeSiteCopy, removeSiteCopy, siteDirectory } from './site-copy.ts';

export interface SitesOptions {
  readonly directory: string;
  readonly blobs: BlobSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Directories that services were served from before this agent started, by service. */
  readonly before: ReadonlyMap<string, string>;
  /** Another directory is to be served for some service, or the problems changed, or the first round ended. */
  readonly onChange: () => void;
}

export interface Sites {
  /** From now on these services (service → SHA-256 of its manifest) are wanted, and no other. */
  want(services: ReadonlyMap<string, string>): void;
  /** Service → directory, for those that have one. */
  directories(): ReadonlyMap<string, string>;
  /** Every wanted service has been found or tried once: what is missing now may stay missing for long. */
  settled(): boolean;
  problems(): readonly Problem[];
  /** Removes copies that no service is served from. */
  prune(): Promise<void>;
  stop(): void;
}

const retryLimits = { firstMs: 200, maximumMs: 60_000 };

export function createSites(options: SitesOptions): Sites {
  const { directory, logger } = options;
  mkdirSync(directory, { recursive: true });
  let wanted: ReadonlyMap<string, string> = new Map();
  /** Service → manifest whose copy is whole and in service. */
  const current = new Map<string, string>();
  for (const [service, path] of options.before) {
    if (dirname(path) === directory) current.set(service, basename(path));
  }
  const tried = new Set<string>();
  const faults = new Map<string, string>();
  let attempt = 0;
  let working = false;
  let again = false;
  let stopped = false;
  let cancelRetry = (): void => {};

  async function work(): Promise<void> {
    if (working) {
      again = true;
      return;
    }
    working = true;
    do {
      again = false;
      for (const [service, manifest] of wanted) {
        if (current.get(service) !== manifest || !tried.has(manifest)) await renew(service, manifest);
        if (stopped) return;
      }
    } while (again);
    working = false;
    if (faults.size > 0) {
      cancelRetry();
      cancelRetry = options.clock.after(backoffMs(attempt++, retryLimits, options.random), () => void work());
    } else {
      attempt = 0;
    }
  }

  async function renew(service: string, manifest: string): Promise<void> {
    try {
      if (!(await hasSiteCopy(directory, manifest))) {
        await makeSiteCopy(directory, manifest, [...new Set(current.values())], options.blobs);
        logger.info({ service, manifest }, 'copied a site');
      }
      faults.delete(service);
      if (wanted.get(service) === manifest) current.set(service, manifest);
    } catch (error) {
      const why = (error as Error).message;
      if (faults.get(service) !== why) logger.error({ service, manifest, why }, 'cannot copy a site');
      // Known from an earlier agent, but not whole any more.
      if (current.get(service) === manifest) current.delete(service);
      faults.set(service, why);
    }
    tried.add(manifest);
    if (!stopped) options.onChange();
  }

  return {
    want(services) {
      wanted = services;
      for (const service of [...current.keys()]) if (!services.has(service)) current.delete(service);
      for (const service of [...faults.keys()]) if (!services.has(service)) faults.delete(service);
      void work();
    },
    directories() {
      return new Map([...current].map(([service, manifest]) => [service, siteDirectory(directory, manifest)]));
    },
    settled: () => [...wanted.values()].every((manifest) => tried.has(manifest)),
    problems: () => [...faults].map(([service, why]) => problemOf(service, why, current.has(service))),
    async prune() {
      const keep = new Set([...current.values(), ...wanted.values()]);
      for (const name of readdirSync(directory)) {
        const manifest = name.replace(/\.json$/, '');
        if (/^[0-9a-f]{64}$/.test(manifest) && !keep.has(manifest)) await removeSiteCopy(directory, manifest);
      }
    },
    stop() {
      stopped = true;
      cancelRetry();
    },
  };
}

function problemOf(service: string, why: string, servesOld: boolean): Problem {
  const meanwhile = servesOld ? 'the version before it is served' : 'its domains are not served here';
  return {
    code: 'agent.site-not-copied',
    severity: 'error',
    what: `the site of service ${service} could not be copied (${why}); ${meanwhile}`,
    where: service,
    fix: 'the agent keeps trying; check that control is reachable and that the disk has room',
  };
}
