/** From the words of `nearcast bgp speak` to the library's: peers, ranges, routes, and the policy of what each is told. */
import { fail } from '../../base/problem.ts';
import type { AddPathFamily, AddressFamily } from '../../bgp/message/types.ts';
import {
  type Announcement,
  acceptAll,
  announceOwn,
  type BfdLink,
  type Peer,
  type PeerSettings,
  type Policy,
  type PolicyTerm,
  type PrefixLimits,
  type Range,
  type TcpKeys,
} from '../../bgp/mod.ts';
import { tcpAoKeyOf } from './peer-schema.ts';
import { type PolicyEntry, policyOf } from './policy-schema.ts';
import type { AnnounceEntry, PeerEntry, RangeEntry, SpeakConfig } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What an entry stands in: the environment with its keys, and where the files that it names are. */
export interface Surroundings {
  readonly environment: Environment;
  readonly directory: string;
}

type Entry = PeerEntry | RangeEntry;

export function nameOf(entry: Entry): string {
  return entry.name ?? ('address' in entry ? entry.address : entry.addresses);
}

/** The policies that an entry says. Import: everything, since it is to be looked at. Export: see `exportPolicyOf`. */
export function policiesOf(entry: Entry, { directory }: Surroundings): { import: Policy; export: Policy | undefined } {
  const read = (policy: PolicyEntry | undefined, word: string): Policy | undefined =>
    policy === undefined ? undefined : policyOf(policy, { directory, where: `${nameOf(entry)}  ${word}` });
  return {
    import: read(entry.importPolicy, 'importPolicy') ?? acceptAll,
    export: read(entry.exportPolicy, 'exportPolicy'),
  };
}

/** Throws the Problem `speak.password` where the environment lacks a key. */
export function peerOf(entry: PeerEntry, surroundings: Surroundings, bfd: BfdLink | undefined): Peer {
  const { address, connect, port, connectRetrySeconds } = entry;
  const settings = settingsOf(entry, surroundings);
  return { ...settings, address, id: nameOf(entry), connect, port, connectRetrySeconds, ...(bfd && { bfd }) };
}

export function rangeOf(entry: RangeEntry, surroundings: Surroundings): Range {
  const { addresses, maximumPeers } = entry;
  const settings = settingsOf(entry, surroundings);
  return { ...settings, addresses, id: nameOf(entry), ...(maximumPeers !== undefined && { maximumPeers }) };
}

/** Words that are the library's own, with the values that it takes. */
const alike = [
  'asn',
  'listenPort',
  'localAddress',
  'multihop',
  'ttlSecurityHops',
  'holdTimeSeconds',
  'delayOpenSeconds',
  'families',
  'relation',
  'role',
  'advertisedPaths',
  'allowOwnAs',
  'removePrivateAs',
] as const;

/** On, or not there at all. */
const switches = [
  'requireRole',
  'routeServerClient',
  'acceptAnyFirstAs',
  'reflectorClient',
  'allowAsSet',
  'extendedMessages',
  'extendedNextHop',
] as const;

type Settings = PeerSettings & Pick<Peer, 'listenPort' | 'localAddress'>;

function settingsOf(entry: Entry, surroundings: Surroundings): Settings {
  const said = alike.flatMap((word) => (entry[word] === undefined ? [] : [[word, entry[word]]]));
  const on = switches.flatMap((word) => (entry[word] ? [[word, true]] : []));
  const { nextHop, nextHop6, nextHopSelf, nextHopUnchanged } = entry;
  return {
    ...(Object.fromEntries([...said, ...on]) as Settings),
    ...keysOf(entry, surroundings),
    importPolicy: policiesOf(entry, surroundings).import,
    nextHops: { ...(nextHop !== undefined && { ipv4: nextHop }), ...(nextHop6 !== undefined && { ipv6: nextHop6 }) },
    ...(nextHopSelf && { nextHop: 'self' }),
    ...(nextHopUnchanged && { nextHop: 'unchanged' }),
    ...(entry.addPath && { addPath: entry.addPath.map(addPathOf) }),
    ...localAsOf(entry),
    ...limitsOf(entry),
    ...restartOf(entry),
  };
}

function addPathOf(text: string): AddPathFamily {
  const [family, direction = 'both'] = text.split(':');
  return { family: family as AddressFamily, direction: direction as AddPathFamily['direction'] };
}

function localAsOf({ localAs, localAsNoPrepend, localAsReplaceAs }: Entry): Pick<PeerSettings, 'localAs'> {
  if (localAs === undefined) return {};
  const noPrepend = localAsNoPrepend ? ({ noPrepend: true } as const) : {};
  const replaceAs = localAsReplaceAs ? ({ replaceAs: true } as const) : {};
  return { localAs: { asn: localAs, ...noPrepend, ...replaceAs } };
}

function limitsOf({ limits, maximumPrefixes, families }: Entry): Pick<PeerSettings, 'limits'> {
  if (limits !== undefined) return { limits: limits as PrefixLimits };
  if (maximumPrefixes === undefined) return {};
  return { limits: { in: Object.fromEntries(families.map((family) => [family, { maximum: maximumPrefixes }])) } };
}

function restartOf(entry: Entry): Pick<PeerSettings, 'gracefulRestart'> {
  const { gracefulRestart, longLivedSeconds, preserve, restartTimeSeconds, restarted } = entry;
  if (!gracefulRestart) return {};
  return {
    gracefulRestart: {
      ...(longLivedSeconds !== undefined && { longLivedSeconds }),
      ...(preserve !== undefined && { preserve }),
      ...(restartTimeSeconds !== undefined && { restartTimeSeconds }),
      ...(restarted && { restarted }),
    },
  };
}

function keysOf(entry: Entry, { environment }: Surroundings): TcpKeys {
  const { passwordEnv, tcpAo } = entry;
  const read = (variable: string, word: string): string => {
    const value = environment[variable];
    if (value !== undefined && value !== '') return value;
    return fail({
      code: 'speak.password',
      what: `the environment variable ${variable} is not set`,
      where: `peer ${nameOf(entry)}  ${word}`,
      fix: `export ${variable}=… first`,
    });
  };
  if (passwordEnv !== undefined) return { password: read(passwordEnv, 'passwordEnv') };
  if (tcpAo === undefined) return {};
  const keys = tcpAo.map(tcpAoKeyOf).filter((key) => key !== undefined);
  return { tcpAo: keys.map(({ variable, ...key }) => ({ ...key, key: read(variable, 'tcpAo') })) };
}

export function announcementOf(entry: AnnounceEntry): Announcement {
  const { origin, med, communities, largeCommunities } = entry;
  const all = [...communities, ...largeCommunities];
  return {
    originCode: origin,
    ...(med !== undefined && { multiExitDiscriminator: med }),
    ...(all.length > 0 && { communities: all }),
  };
}

/**
 * What a peer is told: our own routes, with the copies of our ASN that each asks for (a term for each number of copies), and
 * beyond them what its policy says. Without one nothing of what others say is passed on, so that looking at two upstreams
 * does not make us a transit between them.
 */
export function exportPolicyOf(
  announced: Iterable<AnnounceEntry>,
  { passOn }: Pick<SpeakConfig, 'passOn'>,
  policy: Policy = passOn ? acceptAll : announceOwn,
): Policy {
  const byCopies = Map.groupBy(announced, ({ prepend }) => prepend);
  byCopies.delete(0);
  const terms = [...byCopies].map(
    ([count, entries]): PolicyTerm => ({
      name: `prepend ${count}`,
      match: { prefixes: entries.map(({ prefix }) => ({ prefix })), learnedFrom: ['local'] },
      actions: [{ type: 'prepend', count }],
    }),
  );
  return { terms: [...terms, ...policy.terms], otherwise: policy.otherwise };
}
