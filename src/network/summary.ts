/** What a network amounts to, for people: its PoPs with their sessions, prefixes and domains. */
import type { CompiledNetwork } from './compile.ts';
import type { NetworkDocument } from './schema/network.ts';

export interface NetworkSummary {
  readonly network: string;
  readonly asn: number;
  readonly prefixes: readonly { readonly prefix: string; readonly address: string }[];
  readonly pops: readonly {
    readonly name: string;
    readonly location: string;
    readonly sessions: readonly { readonly name: string; readonly peerAsn: number; readonly neighborAddress: string }[];
  }[];
  readonly services: readonly { readonly name: string; readonly kind: string; readonly domains: readonly string[] }[];
}

export function summarize(document: NetworkDocument, compiled: CompiledNetwork): NetworkSummary {
  return {
    network: document.network,
    asn: document.asn,
    prefixes: document.prefixes,
    pops: Object.values(compiled.pops).map(({ pop, location, sessions }) => ({
      name: pop,
      location: location.name,
      sessions: sessions.map(({ name, peerAsn, neighborAddress }) => ({ name, peerAsn, neighborAddress })),
    })),
    services: Object.entries(compiled.services).map(([name, { kind }]) => ({
      name,
      kind,
      domains: Object.entries(compiled.domains)
        .filter(([, { service }]) => service === name)
        .map(([domain]) => domain),
    })),
  };
}

/** A few lines; long lists are cut, and say so. */
export function describeNetwork(summary: NetworkSummary): string {
  const width = Math.max(
    4,
    ...summary.pops.map(({ name }) => name.length),
    ...summary.services.map(({ name }) => name.length),
  );
  const place = Math.max(4, ...summary.pops.map(({ location }) => location.length));
  const row = (name: string, rest: string): string => `    ${name.padEnd(width)}  ${rest}`;
  return [
    `network ${summary.network}, AS ${summary.asn}`,
    '  prefixes',
    ...summary.prefixes.map(({ prefix, address }) => `    ${prefix}, users connect to ${address}`),
    '  PoPs',
    ...few(summary.pops, 40).map((pop) => {
      if (typeof pop === 'string') return `    ${pop}`;
      const peers = few(pop.sessions, 6).map((session) =>
        typeof session === 'string' ? session : `AS ${session.peerAsn} at ${session.neighborAddress}`,
      );
      return row(pop.name, `${pop.location.padEnd(place)}  ${peers.length === 0 ? 'no session' : peers.join(', ')}`);
    }),
    ...(summary.services.length === 0 ? [] : ['  services']),
    ...few(summary.services, 40).map((service) =>
      typeof service === 'string'
        ? `    ${service}`
        : row(service.name, `${service.kind.padEnd(6)}  ${few(service.domains, 6).join(', ') || 'no domain'}`),
    ),
  ].join('\n');
}

function few<T>(items: readonly T[], limit: number): readonly (T | string)[] {
  return items.length <= limit ? items : [...items.slice(0, limit), `and ${items.length - limit} more`];
}
