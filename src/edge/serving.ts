/**
 * Makes what the edge serves out of a configuration, keeping what has not changed: connections to origin servers and what
 * is known of their health, and files that were read before.
 */
import type { Problem } from '../base/problem.ts';
import { ProblemError } from '../base/problem.ts';
import type { Service, Serving } from './exchange.ts';
import type { LoadedConfig } from './load-config.ts';
import { WebService, type WebServiceParts, webServiceKey } from './proxy/web-service.ts';
import { buildRoutes } from './routes.ts';
import { type SiteParts, StaticSite } from './site/static-site.ts';

export interface ServingParts {
  readonly web: WebServiceParts;
  readonly site: SiteParts;
}

/** Sites that stay where they were are read again at a reload only up to this number: their directories rarely change. */
const rereadUpToSites = 1_000;
const sitesAtOnce = 8;

/**
 * Builds the next serving state beside the one in force, and discards `loaded`; throws Problem `edge.site-unreadable`, and then leaves the old
 * one as it was. What the new one does not take over is closed by `retire`.
 */
export async function buildServing(
  loaded: LoadedConfig,
  before: Serving | undefined,
  parts: ServingParts,
): Promise<Serving> {
  try {
    return await build(loaded, before, parts);
  } finally {
    loaded.discard();
  }
}

async function build(
  { facts: config, sha256, domains }: LoadedConfig,
  before: Serving | undefined,
  parts: ServingParts,
): Promise<Serving> {
  const services = new Map<string, Service>();
  const made: Service[] = [];
  const toRead: StaticSite[] = [];
  const names = Object.keys(config.services);
  const siteCount = names.filter((name) => config.services[name]?.kind === 'static').length;
  for (const name of names) {
    const facts = config.services[name];
    if (facts === undefined) continue;
    const old = before?.services.get(name);
    if (facts.kind === 'web') {
      const kept = old instanceof WebService && old.key === webServiceKey(facts.originServers) ? old : undefined;
      services.set(name, kept ?? remember(made, new WebService(name, facts.originServers, parts.web)));
    } else {
      const kept = old instanceof StaticSite && old.directory === facts.directory ? old : undefined;
      const site = kept ?? remember(made, new StaticSite(name, facts.directory, parts.site));
      services.set(name, site);
      if (kept === undefined || siteCount <= rereadUpToSites) toRead.push(site);
    }
  }
  const problems = await readSites(toRead);
  if (problems.length > 0) {
    for (const service of made) service.close();
    throw new ProblemError(problems);
  }

  const routes = buildRoutes<Service>();
  for await (const piece of domains) {
    for (let i = 0; i < piece.length; i += 2) {
      routes.add(piece[i] as string, services.get(piece[i + 1] as string) as Service);
    }
  }
  return {
    pop: config.pop,
    healthPath: config.healthPath,
    configSha256: sha256,
    draining: config.draining,
    routes,
    services,
  };
}

/** Closes what the old state had and the new one has not. Requests under way keep what they hold. */
export function retire(before: Serving, now: Serving | undefined): void {
  for (const [name, service] of before.services) if (now?.services.get(name) !== service) service.close();
}

function remember<T extends Service>(made: Service[], service: T): T {
  made.push(service);
  return service;
}

async function readSites(sites: readonly StaticSite[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  const queue = sites.values();
  const worker = async () => {
    for (const site of queue) {
      try {
        await site.load();
      } catch (error) {
        problems.push({
          code: 'edge.site-unreadable',
          severity: 'error',
          what: `the site "${site.name}" cannot be read: ${(error as Error).message}`,
          where: site.directory,
          fix: 'let the agent fetch the site again, or correct the directory',
        });
      }
    }
  };
  await Promise.all(Array.from({ length: sitesAtOnce }, worker));
  return problems;
}
