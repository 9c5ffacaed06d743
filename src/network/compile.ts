/**
 * Compiles a valid document to what each PoP, service and domain must do: defaults, catalogue and intents become plain values.
 *
 * Why a service keeps its directory: the digest of a site's files is control's to make, since it alone reads them.
 */
import { assert } from '../base/assert.ts';
import { mustPrefix } from '../ip/prefix.ts';
import { compileBmp } from './bmp-intent.ts';
import { isLargeCommunity } from './community.ts';
import { normalizeDomain } from './domain-name.ts';
import type { AnnouncementIntent, DomainIntent, PopIntent, ServiceIntent, SessionIntent } from './intent.ts';
import { findLocation, findRegion } from './locations.ts';
import { providerCommunities } from './provider/actions.ts';
import { findProvider } from './provider/table.ts';
import { routerIdOf } from './router-id.ts';
import { compileReceive, compileRpki } from './rpki-intent.ts';
import type { NetworkDocument, ServiceDocument } from './schema/network.ts';
import type { LocationDocument, PopDocument, SessionDocument } from './schema/session.ts';
import { sessionEnds } from './session-ends.ts';

/** A static service as the file has it; `directory` is relative to the file. */
export type CompiledService =
  | { readonly kind: 'static'; readonly directory: string }
  | Extract<ServiceIntent, { kind: 'web' }>;

export interface CompiledNetwork {
  readonly pops: Readonly<Record<string, PopIntent>>;
  readonly services: Readonly<Record<string, CompiledService>>;
  /** By domain in ASCII, lower case. */
  readonly domains: Readonly<Record<string, DomainIntent>>;
}

/** What `document` means. It must have come from `loadNetwork`, whose rules make sure that all that it names exists. */
export function compileNetwork(document: NetworkDocument): CompiledNetwork {
  return {
    pops: mapValues(document.pops, (pop, name) => compilePop(document, name, pop)),
    services: mapValues(document.services, compileService),
    domains: Object.fromEntries(
      Object.entries(document.domains).map(([domain, service]) => {
        const ascii = normalizeDomain(domain);
        assert(typeof ascii === 'string', `unchecked domain ${domain}`);
        return [ascii, { service }];
      }),
    ),
  };
}

function compilePop(document: NetworkDocument, name: string, pop: PopDocument): PopIntent {
  const { edge } = document.health;
  // A PoP without sessions never speaks BGP; its identifier stands for nothing.
  const routerId = routerIdOf(pop) ?? '127.0.0.1';
  return {
    pop: name,
    asn: document.asn,
    routerId,
    location: compileLocation(pop.location),
    addresses: document.prefixes.map(({ address, prefix }) => ({ address, prefix })),
    httpPort: document.edge.httpPort,
    ...(document.rpki === undefined ? {} : { rpki: compileRpki(document.rpki) }),
    ...(document.bmp === undefined ? {} : { bmp: compileBmp(document.bmp, { network: document.network, pop: name }) }),
    sessions: pop.sessions.flatMap((session, index) => compileSession(document, `${name}/${index}`, session)),
    health: { ...edge },
    drain: { ...document.drain },
  };
}

function compileLocation(location: LocationDocument): PopIntent['location'] {
  const place = typeof location === 'string' ? findLocation(location) : location;
  assert(place !== undefined, 'unchecked location');
  return { name: place.name, latitude: place.latitude, longitude: place.longitude };
}

function compileSession(document: NetworkDocument, name: string, session: SessionDocument): SessionIntent[] {
  const receive = compileReceive(session.receive, document.rpki);
  return sessionEnds(session).map(({ family, source, neighbor, peerAsn, multihop }) => ({
    name: `${name}/ipv${family}`,
    family,
    peerAsn,
    neighborAddress: neighbor,
    neighborPort: session.neighborPort,
    sourceAddress: source,
    ...(multihop === undefined ? {} : { multihop }),
    ...(session.password === undefined ? {} : { password: session.password }),
    holdTimeSeconds: session.holdTimeSeconds,
    ...(session.bfd === undefined ? {} : { bfd: session.bfd }),
    ...(receive === undefined ? {} : { receive }),
    announcements: document.prefixes
      .filter(({ prefix }) => mustPrefix(prefix).family === family)
      .map(({ prefix }) => compileAnnouncement(prefix, session)),
  }));
}

function compileAnnouncement(prefix: string, session: SessionDocument): AnnouncementIntent {
  const provider = session.provider === undefined ? undefined : findProvider(session.provider);
  const meant = providerCommunities(session.announce, provider);
  assert(meant.impossible.length === 0, 'unchecked intent');
  const given = session.announce.communities;
  const unique = (communities: readonly string[]): string[] => [...new Set(communities)];
  return {
    prefix,
    prepend: session.announce.prepend,
    communities: unique([...given.filter((text) => !isLargeCommunity(text)), ...meant.communities]),
    largeCommunities: unique([...given.filter(isLargeCommunity), ...meant.largeCommunities]),
  };
}

function compileService(service: ServiceDocument): CompiledService {
  if (service.kind === 'static') return { kind: 'static', directory: service.directory };
  return {
    kind: 'web',
    originServers: service.originServers.map(({ region, url, health }) => {
      const place = findRegion(region);
      assert(place !== undefined, `unchecked region ${region}`);
      return {
        url: new URL(url).origin,
        region,
        location: { latitude: place.latitude, longitude: place.longitude },
        ...(health === undefined ? {} : { healthPath: health }),
      };
    }),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
