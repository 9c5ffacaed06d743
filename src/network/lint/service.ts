/** Services: directories that exist, origin servers that can be reached and do not lead back to the edge. */
import { domainToASCII } from 'node:url';
import { type Address, addressesEqual, parseAddress } from '../../ip/address.ts';
import { prefixOf } from '../../ip/prefix.ts';
import { specialPrefixOf } from '../../ip/special-prefixes.ts';
import { normalizeDomain } from '../domain-name.ts';
import { findRegion, suggestRegions } from '../locations.ts';
import type { NetworkDocument, OriginServerDocument } from '../schema/network.ts';
import type { Path } from '../yaml.ts';
import type { Finding, LintContext, Rule } from './rule.ts';

function* used({ document, intact }: LintContext): Generator<Finding> {
  if (!intact('domains')) return;
  const led = new Set(Object.values(document.domains));
  for (const name of Object.keys(document.services)) {
    if (led.has(name)) continue;
    yield {
      code: 'network.service-unused',
      level: 'warning',
      what: `no domain leads to the service ${name}`,
      fix: `add a line under domains, such as www.example.com: ${name}`,
      path: ['services', name],
      at: 'key',
    };
  }
}

function* directories({ document, files }: LintContext): Generator<Finding> {
  if (files === undefined) return;
  for (const [name, service] of Object.entries(document.services)) {
    if (service.kind !== 'static') continue;
    const kind = files.kindOf(service.directory);
    if (kind === 'directory') continue;
    const why = { other: 'is not a directory', missing: 'does not exist', unreadable: 'cannot be read' }[kind];
    yield {
      code: 'network.directory-missing',
      level: 'error',
      what: `the directory ${service.directory} ${why}`,
      fix: 'name the directory of the site, relative to this file',
      path: ['services', name, 'directory'],
    };
  }
}

function* originServersOf(
  document: NetworkDocument,
): Generator<{ server: OriginServerDocument; path: Path; service: string }> {
  for (const [service, value] of Object.entries(document.services)) {
    if (value.kind !== 'web') continue;
    for (const [index, server] of value.originServers.entries()) {
      yield { server, service, path: ['services', service, 'originServers', index] };
    }
  }
}

function* regions({ document }: LintContext): Generator<Finding> {
  for (const { server, path } of originServersOf(document)) {
    if (findRegion(server.region) !== undefined) continue;
    const near = suggestRegions(server.region);
    yield {
      code: 'network.region-unknown',
      level: 'error',
      what: `"${server.region.slice(0, 60)}" is no region, city or airport code that Nearcast knows`,
      fix: near.length === 0 ? 'write a region such as us-east or eu, or a city' : `did you mean ${near.join(' or ')}?`,
      path: [...path, 'region'],
    };
  }
}

function* urls({ document }: LintContext): Generator<Finding> {
  const seen = new Set<string>();
  for (const { server, service, path } of originServersOf(document)) {
    const at = { path: [...path, 'url'] };
    const wrong = originUrlFault(server.url);
    if (wrong !== undefined) {
      yield { ...at, code: 'network.origin-server-url', level: 'error', ...wrong };
      continue;
    }
    const url = new URL(server.url);
    const host = hostOf(url);
    const address = parseAddress(host);
    const key = `${service} ${url.origin}`;
    if (seen.has(key)) {
      yield {
        ...at,
        code: 'network.origin-server-duplicate',
        level: 'warning',
        what: `${url.origin} is listed twice for ${service}: when it fails, both fail`,
        fix: 'keep one of the two',
      };
    }
    seen.add(key);
    if (isOurs(document, host, address)) {
      yield {
        ...at,
        code: 'network.origin-server-loop',
        level: 'error',
        what: `${host} leads back to this network: a request would run in circles`,
        fix: 'name the server behind the edge by a name or address of its own',
      };
      continue;
    }
    yield* production(url, host, address, at.path);
  }
}

/** Why `text` is no origin server's URL; the text itself is not shown where it may hold a password. */
function originUrlFault(text: string): { what: string; fix: string } | undefined {
  const fix = 'write scheme, host and port alone: https://api-eu.example.net';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return { what: `"${text.includes('@') ? '…' : text.slice(0, 100)}" is no URL`, fix };
  if (url.username !== '' || url.password !== '') {
    return { what: 'the URL holds a user name or password; it would stand in every log', fix };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { what: `the edge speaks HTTP to origin servers, not ${url.protocol.slice(0, 30)}`, fix };
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { what: `${text.slice(0, 100)} has more than scheme, host and port: the path is that of each request`, fix };
  }
  if (url.port === '0') return { what: `${text.slice(0, 100)} has port 0`, fix };
  return undefined;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

function isOurs(document: NetworkDocument, host: string, address: Address | undefined): boolean {
  if (address !== undefined) {
    return document.prefixes.some((row) => {
      const anycast = parseAddress(row.address);
      return anycast !== undefined && addressesEqual(anycast, address);
    });
  }
  const name = domainToASCII(host);
  const wildcard = name.replace(/^[^.]+/, '*');
  return Object.keys(document.domains).some((domain) => {
    const ours = normalizeDomain(domain);
    return ours === name || ours === wildcard;
  });
}

function* production(url: URL, host: string, address: Address | undefined, path: Path): Generator<Finding> {
  const special = address === undefined ? undefined : specialPrefixOf(prefixOf(address, address.bytes.length * 8));
  const loopback = host === 'localhost' || special?.what === 'loopback';
  if (loopback) {
    yield {
      code: 'network.origin-server-loopback',
      level: 'production-only',
      what: `${host} is each PoP's own machine`,
      fix: 'name the origin server as the PoPs reach it',
      path,
    };
  } else if (special?.kind === 'documentation') {
    yield {
      code: 'network.origin-server-documentation',
      level: 'production-only',
      what: `${host} is kept for ${special.what}: no machine has it`,
      fix: "give the origin server's address",
      path,
      source: special.source,
    };
  } else if (url.protocol === 'http:' && special === undefined) {
    yield {
      code: 'network.origin-server-plain',
      level: 'warning',
      what: `requests to ${url.origin} cross the Internet unencrypted`,
      fix: 'use https',
      path,
    };
  }
}

export const serviceRules: readonly Rule[] = [
  { name: 'each service has a domain', codes: ['network.service-unused'], find: used },
  { name: 'the directories of sites exist', codes: ['network.directory-missing'], find: directories },
  { name: 'origin servers stand in known regions', codes: ['network.region-unknown'], find: regions },
  {
    name: 'origin servers can be reached, and are not the edge itself',
    codes: [
      'network.origin-server-url',
      'network.origin-server-duplicate',
      'network.origin-server-loop',
      'network.origin-server-loopback',
      'network.origin-server-documentation',
      'network.origin-server-plain',
    ],
    find: urls,
  },
];
