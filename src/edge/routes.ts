/**
 * Which service answers for a host: exact domains first, then wildcards.
 *
 * A wildcard `*.example.com` stands for exactly one label, as in a TLS certificate (RFC 9525 §6.3), not for any depth as
 * in DNS (RFC 4592): what the edge answers for must be what a certificate of the same name covers. So a look-up is two
 * map reads, with a million domains as with one.
 */

export interface RouteTable<Service> {
  /** The service of a canonical host; `undefined` where nobody's. */
  find(host: string): Service | undefined;
  /** The service of exactly this domain, wildcards aside; so `host` need not be known to be canonical. */
  findExact(host: string): Service | undefined;
  readonly size: number;
}

export function buildRoutes<Service>(): RouteTable<Service> & { add(domain: string, service: Service): void } {
  const exact = new Map<string, Service>();
  /** By what follows `*.` */
  const wildcard = new Map<string, Service>();
  return {
    add(domain, service) {
      if (domain.startsWith('*.')) wildcard.set(domain.slice(2), service);
      else exact.set(domain, service);
    },
    findExact: (host) => exact.get(host),
    find(host) {
      const found = exact.get(host);
      if (found !== undefined || wildcard.size === 0) return found;
      const dot = host.indexOf('.');
      return dot < 0 ? undefined : wildcard.get(host.slice(dot + 1));
    },
    get size() {
      return exact.size + wildcard.size;
    },
  };
}
