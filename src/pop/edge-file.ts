/**
 * The edge's configuration, made from what control published and what this machine has.
 *
 * A static service whose site is not here yet is left out together with its domains, so that the edge says "not here" and
 * not something false; the missing site is reported as a problem of its own.
 */
import { readFileIfThere } from '../base/files.ts';
import { type EdgeConfig, edgeConfigSchema } from '../feed/edge-config.ts';
import type { PopIntent, ServiceIntent } from '../network/intent.ts';
import type { LoopbackMap } from './loopback-map.ts';
import { nearestFirst } from './origin-order.ts';

export interface EdgeFileInput {
  readonly intent: PopIntent;
  readonly services: ReadonlyMap<string, ServiceIntent>;
  /** Domain → service. */
  readonly domains: ReadonlyMap<string, string>;
  /** Static service → directory of its site. */
  readonly sites: ReadonlyMap<string, string>;
  readonly loopback: LoopbackMap | undefined;
  readonly draining: boolean;
}

/** Where the edge listens for an anycast address; `undefined` where a loopback map has no place for it. */
export function listenPlace(
  address: string,
  intent: PopIntent,
  loopback: LoopbackMap | undefined,
): { readonly host: string; readonly port: number } | undefined {
  return loopback === undefined ? { host: address, port: intent.httpPort } : loopback.listen[address];
}

/** `undefined` where the edge would have nowhere to listen. */
export function buildEdgeConfig(input: EdgeFileInput): EdgeConfig | undefined {
  const { intent } = input;
  const listen = intent.addresses.flatMap(({ address }) => listenPlace(address, intent, input.loopback) ?? []);
  if (listen.length === 0) return undefined;
  const services: EdgeConfig['services'] = {};
  for (const [name, service] of sorted(input.services)) {
    if (service.kind === 'web') {
      const originServers = nearestFirst(service.originServers, intent.location).map(
        ({ location: _, ...rest }) => rest,
      );
      services[name] = { kind: 'web', originServers };
    } else {
      const directory = input.sites.get(name);
      if (directory !== undefined) services[name] = { kind: 'static', directory };
    }
  }
  const domains = Object.fromEntries(sorted(input.domains).filter(([, service]) => Object.hasOwn(services, service)));
  return { pop: intent.pop, listen, healthPath: intent.health.http, services, domains, draining: input.draining };
}

/** By name, so that equal content makes equal bytes, whatever order it arrived in. */
function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The directories that the last configuration of the edge served services from. */
export function sitesOfEarlierConfig(path: string): Map<string, string> {
  const directories = new Map<string, string>();
  try {
    const parsed = edgeConfigSchema.safeParse(JSON.parse(readFileIfThere(path) ?? 'null'));
    if (!parsed.success) return directories;
    for (const [name, service] of Object.entries(parsed.data.services)) {
      if (service.kind === 'static') directories.set(name, service.directory);
    }
  } catch {
    // Not JSON: it is written anew soon.
  }
  return directories;
}
