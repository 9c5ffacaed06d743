/** The two ends of each session: provider or neighbor, source addresses, and whether the two can reach one another. */
import { type Address, type Family, parseAddress } from '../../ip/address.ts';
import { mustPrefix, prefixContains, prefixOf } from '../../ip/prefix.ts';
import { specialPrefixOf } from '../../ip/special-prefixes.ts';
import { didYouMean } from '../nearest.ts';
import { findProvider, providers } from '../provider/table.ts';
import { sessionEnds } from '../session-ends.ts';
import { type Finding, type LintContext, type Rule, type SessionAt, sessionsOf } from './rule.ts';

const fieldsOf = {
  4: { source: 'sourceAddress', neighbor: 'neighborAddress' },
  6: { source: 'sourceAddress6', neighbor: 'neighborAddress6' },
} as const;

const families: readonly Family[] = [4, 6];

function* whom({ document, intact }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const given = (['peerAsn', 'neighborAddress', 'neighborAddress6', 'multihop'] as const).filter(
      (key) => session[key] !== undefined,
    );
    if (session.provider === undefined) {
      if (session.peerAsn === undefined && intact(...path, 'peerAsn') && intact(...path, 'provider')) {
        yield {
          code: 'network.session-peer-missing',
          level: 'error',
          what: 'the session says neither provider nor peerAsn',
          fix: `add provider: ${providers[0]?.id}, or peerAsn and neighborAddress`,
          path,
        };
      }
      continue;
    }
    const provider = findProvider(session.provider);
    if (provider === undefined) {
      const known = providers.map(({ id }) => id);
      yield {
        code: 'network.provider-unknown',
        level: 'error',
        what: `the catalogue has no provider ${session.provider.slice(0, 60)}`,
        fix: `${didYouMean(session.provider, known) ?? `it has ${known.join(', ')}.`} Or give peerAsn and neighborAddress instead of provider`,
        path: [...path, 'provider'],
      };
      continue;
    }
    for (const key of given) {
      yield {
        code: 'network.session-peer-twice',
        level: 'error',
        what: `${key} comes from the catalogue for ${provider.name}`,
        fix: `leave ${key} out, or leave provider out and give all of peerAsn and neighborAddress`,
        path: [...path, key],
        at: 'key',
      };
    }
    if (provider.status !== 'verified') {
      yield {
        code: `network.provider-${provider.status}`,
        level: 'warning',
        what: `the catalogue's values for ${provider.name} are ${provider.status} (${provider.verifiedAt})`,
        fix: `compare them with ${provider.sourceUrl}`,
        path: [...path, 'provider'],
      };
    }
    if (provider.usesPassword && session.password === undefined && intact(...path, 'password')) {
      yield {
        code: 'network.password-missing',
        level: 'warning',
        what: `${provider.name} sets its sessions up with a password, and none is given`,
        fix: 'add password: { env: BGP_PASSWORD }, with the password in that variable of the agent',
        path,
        source: 'RFC 2385',
      };
    }
  }
}

function* addresses({ document, intact }: LintContext): Generator<Finding> {
  for (const at of sessionsOf(document)) {
    const { session, path } = at;
    if (!families.some((family) => session[fieldsOf[family].source] !== undefined)) {
      if (intact(...path, 'sourceAddress') && intact(...path, 'sourceAddress6')) {
        yield {
          code: 'network.source-missing',
          level: 'error',
          what: 'the session has no source address',
          fix: "add sourceAddress, this PoP's own IPv4 address, or sourceAddress6",
          path,
        };
      }
      continue;
    }
    for (const family of families) yield* halfOf(at, family, intact);
  }
}

function* halfOf({ session, path }: SessionAt, family: Family, intact: LintContext['intact']): Generator<Finding> {
  const { source, neighbor } = fieldsOf[family];
  const provider = session.provider === undefined ? undefined : findProvider(session.provider);
  if (provider !== undefined && session[source] !== undefined && provider.neighbors[family] === undefined) {
    yield {
      code: 'network.provider-family',
      level: 'error',
      what: `the catalogue knows no IPv${family} neighbor of ${provider.name}`,
      fix: `leave ${source} out, or write this session with peerAsn and ${neighbor}`,
      path: [...path, source],
      source: provider.sourceUrl,
    };
  }
  if (session.provider !== undefined) return;
  const [has, lacks] =
    session[source] !== undefined && session[neighbor] === undefined
      ? [source, neighbor]
      : session[source] === undefined && session[neighbor] !== undefined
        ? [neighbor, source]
        : [];
  if (has === undefined || lacks === undefined || !intact(...path, lacks)) return;
  yield {
    code: 'network.session-half',
    level: 'error',
    what: `the session has ${has} and no ${lacks}`,
    fix: `add ${lacks}, or leave ${has} out: both ends of a session are of one address family`,
    path: [...path, has],
    at: 'key',
  };
}

function* reach({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    for (const { family, source, neighbor, multihop } of sessionEnds(session)) {
      const from = parseAddress(source);
      const to = parseAddress(neighbor);
      if (from === undefined || to === undefined) continue;
      const manual = session.provider === undefined;
      const { neighbor: neighborField, source: sourceField } = fieldsOf[family];
      if (source === neighbor) {
        yield {
          code: 'network.source-is-neighbor',
          level: 'error',
          what: `both ends of the session are ${source}`,
          fix: `${sourceField} is this PoP's own address`,
          path: [...path, sourceField],
        };
        continue;
      }
      if (manual && family === 6 && to.bytes[0] === 0xfe && ((to.bytes[1] as number) & 0xc0) === 0x80) {
        yield {
          code: 'network.neighbor-link-local',
          level: 'error',
          what: `${neighbor} is a link-local address, which means nothing without an interface`,
          fix: "ask the provider for the neighbor's global address",
          path: [...path, neighborField],
          source: 'RFC 4007 §6',
        };
      } else if (manual && multihop === undefined && !mayShareLink(from, to)) {
        const vultr = providers.find(({ neighbors }) => neighbors[family]?.address === neighbor);
        yield {
          code: 'network.multihop-missing',
          level: 'warning',
          what: `${neighbor} is hardly on the same link as ${source}, and a session without multihop reaches one hop`,
          fix:
            vultr === undefined ? 'add multihop: 2' : `write provider: ${vultr.id}, which brings all of its settings`,
          path: [...path, neighborField],
          source: 'RFC 4271 §5.1.3',
        };
      }
    }
  }
}

/** Links are /31 to /20 in IPv4, /64 as a rule in IPv6; an address that differs before that lies behind a router. */
function mayShareLink(a: Address, b: Address): boolean {
  const length = a.family === 4 ? 16 : 48;
  return prefixContains(prefixOf(a, length), b);
}

function* anycastEnds({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    for (const family of families) {
      for (const key of Object.values(fieldsOf[family])) {
        const text = session[key];
        const address = text === undefined ? undefined : parseAddress(text);
        const inside = document.prefixes.find(({ prefix }) => address && prefixContains(mustPrefix(prefix), address));
        if (address === undefined || inside === undefined) continue;
        yield {
          code: 'network.session-in-anycast',
          level: 'error',
          what: `${text} lies in ${inside.prefix}, which every PoP announces: answers may land at another PoP`,
          fix:
            key === fieldsOf[family].source
              ? "use this PoP's own (unicast) address, from its provider"
              : "give the neighbor's own address",
          path: [...path, key],
        };
      }
    }
  }
}

function* specialEnds({ document, production }: LintContext): Generator<Finding> {
  if (!production) return;
  for (const { session, path } of sessionsOf(document)) {
    for (const key of ['sourceAddress', 'neighborAddress', 'sourceAddress6', 'neighborAddress6'] as const) {
      const text = session[key];
      const address = text === undefined ? undefined : parseAddress(text);
      const known = address === undefined ? undefined : specialPrefixOf(prefixOf(address, address.bytes.length * 8));
      if (known?.kind !== 'documentation') continue;
      yield {
        code: 'network.session-documentation',
        level: 'production-only',
        what: `${text} is kept for ${known.what}: no machine has it`,
        fix: "give the address that the provider's panel shows",
        path: [...path, key],
        source: known.source,
      };
    }
  }
}

function* doubles({ document }: LintContext): Generator<Finding> {
  const sources = new Map<string, string>();
  const pairs = new Set<string>();
  for (const { pop, session, path } of sessionsOf(document)) {
    for (const { family, source, neighbor } of sessionEnds(session)) {
      const field = fieldsOf[family].source;
      const pair = `${pop} ${source} ${neighbor} ${session.neighborPort}`;
      if (pairs.has(pair)) {
        yield {
          code: 'network.session-duplicate',
          level: 'error',
          what: `${pop} has two sessions from ${source} to ${neighbor}`,
          fix: 'keep one of the two: a neighbor accepts one connection from one address',
          path: [...path, field],
          source: 'RFC 4271 §6.8',
        };
      }
      pairs.add(pair);
      const other = sources.get(source);
      if (other !== undefined && other !== pop) {
        yield {
          code: 'network.source-shared',
          level: 'warning',
          what: `${pop} and ${other} have the same source address, ${source}`,
          fix: "give each PoP its own machine's address",
          path: [...path, field],
        };
      }
      sources.set(source, other ?? pop);
    }
  }
}

export const sessionEndRules: readonly Rule[] = [
  {
    name: 'each session says whom it is with',
    codes: [
      'network.session-peer-missing',
      'network.provider-unknown',
      'network.session-peer-twice',
      'network.provider-unverified',
      'network.provider-retired',
      'network.password-missing',
    ],
    find: whom,
  },
  {
    name: 'each session has both ends in one address family',
    codes: ['network.source-missing', 'network.provider-family', 'network.session-half'],
    find: addresses,
  },
  {
    name: 'the ends of a session can reach one another',
    codes: ['network.source-is-neighbor', 'network.neighbor-link-local', 'network.multihop-missing'],
    find: reach,
  },
  { name: 'no session runs over the anycast prefix', codes: ['network.session-in-anycast'], find: anycastEnds },
  { name: 'session addresses exist', codes: ['network.session-documentation'], find: specialEnds },
  {
    name: 'no two sessions are the same',
    codes: ['network.session-duplicate', 'network.source-shared'],
    find: doubles,
  },
];
