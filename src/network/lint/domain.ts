/** Domains: written as host names, each once after IDNA, each leading to a service that exists. */
import { normalizeDomain } from '../domain-name.ts';
import { didYouMean } from '../nearest.ts';
import type { Finding, LintContext, Rule } from './rule.ts';

function* names({ document }: LintContext): Generator<Finding> {
  const seen = new Map<string, string>();
  for (const domain of Object.keys(document.domains)) {
    const at = { path: ['domains', domain], at: 'key' } as const;
    const ascii = normalizeDomain(domain);
    if (typeof ascii === 'object') {
      yield { ...ascii, ...at, level: 'error' };
      continue;
    }
    const other = seen.get(ascii);
    if (other !== undefined) {
      yield {
        ...at,
        code: 'network.domain-duplicate',
        level: 'error',
        what: `${domain} and ${other} are one domain, ${ascii}`,
        fix: 'keep one of the two',
        source: 'RFC 5891',
      };
    }
    seen.set(ascii, other ?? domain);
    if (ascii.endsWith('.invalid')) {
      yield {
        ...at,
        code: 'network.domain-invalid-tld',
        level: 'error',
        what: `${domain} lies under .invalid, which can be nobody's domain`,
        fix: 'use a domain that points at the anycast address',
        source: 'RFC 6761 §6.4',
      };
    }
  }
}

function* targets({ document, declared }: LintContext): Generator<Finding> {
  const services = declared('services');
  const known = new Set(services);
  for (const [domain, service] of Object.entries(document.domains)) {
    if (known.has(service)) continue;
    const fix = services.length === 0 ? 'add services' : `the services are ${services.slice(0, 8).join(', ')}`;
    yield {
      code: 'network.domain-nowhere',
      level: 'error',
      what: `${domain.slice(0, 100)} points to "${service.slice(0, 60)}", and there is no such service`,
      fix: didYouMean(service, services) ?? fix,
      path: ['domains', domain],
    };
  }
}

export const domainRules: readonly Rule[] = [
  {
    name: 'each domain is a host name and stands once',
    codes: ['network.domain-syntax', 'network.domain-duplicate', 'network.domain-invalid-tld'],
    find: names,
  },
  { name: 'each domain leads to a service', codes: ['network.domain-nowhere'], find: targets },
];
