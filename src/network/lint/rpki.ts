/** RPKI: caches that are each asked once and cannot be forged on the way, and choices that have an effect. */
import { cachePort } from '../rpki-intent.ts';
import { isPublic } from './public-host.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* caches({ document }: LintContext): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, cache] of (document.rpki?.caches ?? []).entries()) {
    const path = ['rpki', 'caches', index];
    const place = `${cache.host} port ${cachePort(cache)}`;
    if (seen.has(place)) {
      yield {
        code: 'network.rpki-cache-twice',
        level: 'error',
        what: `the cache at ${place} is there twice`,
        fix: 'take one of them out; the first has preference',
        path,
      };
    }
    seen.add(place);
    const plain = cache.tls === undefined || cache.tls === false;
    if (plain && isPublic(cache.host)) {
      yield {
        code: 'network.rpki-plain',
        level: 'warning',
        what: `without TLS, whoever is on the way to ${cache.host} can say which routes are valid`,
        fix: 'add tls: true where the cache speaks it, or run a cache in your own network',
        source: 'RFC 8210 §9',
        path,
      };
    }
    const { certificate, privateKey } = typeof cache.tls === 'object' ? cache.tls : {};
    if ((certificate === undefined) !== (privateKey === undefined)) {
      yield {
        code: 'network.rpki-half-certificate',
        level: 'error',
        what: `the certificate for ${cache.host} ${certificate === undefined ? 'is missing beside its privateKey' : 'has no privateKey'}`,
        fix: 'give certificate and privateKey, or neither',
        path: [...path, 'tls'],
      };
    }
  }
}

function* effects({ document, intact }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const { accept, rpkiInvalid } = session.receive ?? {};
    if (rpkiInvalid === undefined) continue;
    const at = { path: [...path, 'receive', 'rpkiInvalid'], level: 'warning' } as const;
    if (accept === 'none') {
      yield {
        ...at,
        code: 'network.receive-unused',
        what: 'rpkiInvalid has no effect on a session that accepts no routes',
        fix: 'add accept: all beside it, or take it out',
      };
    } else if (document.rpki === undefined && intact('rpki')) {
      yield {
        ...at,
        code: 'network.rpki-missing',
        what: 'rpkiInvalid has no effect: without a cache, no route is found invalid',
        fix: 'add a cache: rpki: { caches: [{ host: 10.0.0.1, port: 3323 }] }',
      };
    }
  }
}

export const rpkiRules: readonly Rule[] = [
  {
    name: 'RPKI caches are asked once, and over a path that can be trusted',
    codes: ['network.rpki-cache-twice', 'network.rpki-plain', 'network.rpki-half-certificate'],
    find: caches,
  },
  {
    name: 'what is said of invalid routes has an effect',
    codes: ['network.receive-unused', 'network.rpki-missing'],
    find: effects,
  },
];
