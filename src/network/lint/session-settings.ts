/** What a session announces and how fast it fails: hold time, prepending, communities. */
import { classifyAsn } from '../../ip/asn.ts';
import { wellKnownCommunities } from '../community.ts';
import { type Intent, providerCommunities } from '../provider/actions.ts';
import { findProvider } from '../provider/table.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* holdTime({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const seconds = session.holdTimeSeconds;
    const at = { path: [...path, 'holdTimeSeconds'], source: 'RFC 4271 §4.2' };
    if (seconds === 1 || seconds === 2) {
      yield {
        ...at,
        code: 'network.hold-time-range',
        level: 'error',
        what: `the hold time is ${seconds} s; BGP allows 0, or 3 and more`,
        fix: 'use 0 for no keepalives, or at least 3 (9 to 30 suits anycast)',
      };
    } else if (seconds === 0) {
      yield {
        ...at,
        code: 'network.hold-time-off',
        level: 'warning',
        what: 'a hold time of 0 s turns keepalives off: a dead PoP goes on attracting traffic until TCP gives up',
        fix: 'use 9 to 30',
      };
    } else if (seconds > 90) {
      yield {
        ...at,
        code: 'network.hold-time-slow',
        level: 'warning',
        what: `with a hold time of ${seconds} s, the users of a PoP that dies wait up to ${seconds} s for the next one`,
        fix: 'use 9 to 30; the lower of the two ends counts',
      };
    }
  }
}

/** Rules for a PoP's communities, by what they do to an anycast prefix. */
function* communities({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const provider = session.provider === undefined ? undefined : findProvider(session.provider);
    for (const [index, community] of session.announce.communities.entries()) {
      const at = { path: [...path, 'announce', 'communities', index] };
      const known = wellKnownCommunities.find(({ value }) => value === community);
      if (known?.name === 'blackhole' || provider?.blackholes.includes(community)) {
        yield {
          ...at,
          code: 'network.community-blackhole',
          level: 'error',
          what: `${community} asks the provider to drop all traffic to the prefix (blackhole)`,
          fix: 'take it out; to stop using a PoP, drain it',
          source: 'RFC 7999',
        };
      } else if (known !== undefined) {
        yield {
          ...at,
          code: 'network.community-well-known',
          level: 'warning',
          what: `${community} (${known.name}) ${known.effect}`,
          fix:
            known.name === 'graceful-shutdown'
              ? 'take it out; a drain sends it while it is needed'
              : 'take it out unless that is meant',
          source: known.source,
        };
      } else if (/^(0|65535):\d+$/.test(community)) {
        yield {
          ...at,
          code: 'network.community-reserved',
          level: 'warning',
          what: `${community} is in a range of communities that is reserved and has no such meaning`,
          fix: "a provider's own communities begin with its AS number",
          source: 'RFC 1997',
        };
      }
    }
  }
}

const nouns: Readonly<Record<Intent, string>> = {
  avoid: 'to keep the route from',
  onlyTo: 'to announce the route only to',
  prependTo: 'to prepend towards',
  resetMedTo: 'to set the MED towards',
  exchanges: 'for Internet exchanges',
  noExport: 'to keep the route inside its network',
};

function* intents({ document }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const provider = session.provider === undefined ? undefined : findProvider(session.provider);
    if (session.provider !== undefined && provider === undefined) continue; // Reported as an unknown provider.
    const { announce } = session;
    for (const { intent, asn } of providerCommunities(announce, provider).impossible) {
      const of = provider === undefined ? 'for a neighbor outside the catalogue' : `of ${provider.name}`;
      yield {
        code: 'network.intent-impossible',
        level: 'error',
        what: `no community ${of} is known ${nouns[intent]}${asn === undefined ? '' : ` AS ${asn}`}`,
        fix: `take ${intent} out, or find the community in the provider's documentation and write it under communities`,
        path: [...path, 'announce', intent, ...indexOf(announce, intent, asn)],
      };
    }
    const both = announce.avoid.find((asn) => announce.onlyTo.includes(asn));
    const clash =
      both !== undefined
        ? `AS ${both} is under avoid as well as under onlyTo`
        : announce.noExport && announce.onlyTo.length > 0
          ? 'noExport keeps the route from the networks under onlyTo'
          : undefined;
    if (clash !== undefined) {
      yield {
        code: 'network.intent-contradiction',
        level: 'error',
        what: clash,
        fix: 'keep one of the two',
        path: [...path, 'announce', 'onlyTo'],
      };
    }
  }
}

function indexOf(
  announce: { avoid: number[]; onlyTo: number[]; resetMedTo: number[] },
  intent: Intent,
  asn: number | undefined,
) {
  if (asn === undefined) return [];
  if (intent === 'prependTo') return [String(asn)];
  if (intent === 'exchanges' || intent === 'noExport') return [];
  return [announce[intent].indexOf(asn)];
}

function* prepending({ document, intact }: LintContext): Generator<Finding> {
  for (const { session, path } of sessionsOf(document)) {
    const copies = session.announce.prepend;
    if (copies === 0) continue;
    const at = { path: [...path, 'announce', 'prepend'] };
    const provider = session.provider === undefined ? undefined : findProvider(session.provider);
    if (copies > 5) {
      yield {
        ...at,
        code: 'network.prepend-much',
        level: 'warning',
        what: `${copies} extra copies of your ASN: beyond about 5 nothing changes any more, and some networks refuse such paths`,
        fix: 'use at most 5, or let the PoP be the last choice of one network with prependTo',
        source: 'RFC 7454 §9',
      };
    }
    if (provider?.stripsPrivateAsn && intact('asn') && classifyAsn(document.asn).kind === 'private') {
      yield {
        ...at,
        code: 'network.prepend-private',
        level: 'warning',
        what: `${provider.name} takes the private AS ${document.asn} out of the path, and the copies with it: prepend has no effect`,
        fix: "use prependTo, which prepends the provider's own ASN",
        source: provider.sourceUrl,
      };
    }
  }
}

export const sessionSettingRules: readonly Rule[] = [
  {
    name: 'a dead PoP is noticed soon',
    codes: ['network.hold-time-range', 'network.hold-time-off', 'network.hold-time-slow'],
    find: holdTime,
  },
  {
    name: 'communities do no harm',
    codes: ['network.community-blackhole', 'network.community-well-known', 'network.community-reserved'],
    find: communities,
  },
  {
    name: 'the provider can do what is asked of it',
    codes: ['network.intent-impossible', 'network.intent-contradiction'],
    find: intents,
  },
  { name: 'prepending has an effect', codes: ['network.prepend-much', 'network.prepend-private'], find: prepending },
];
