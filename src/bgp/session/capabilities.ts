/**
 * The capabilities that we offer by our configuration, and what follows where the peer offers the same.
 *
 * Why apart from `open.ts`: there an OPEN is accepted or refused as a whole; here each option is agreed on by itself, and a
 * peer without it just does without. Only roles can contradict one another.
 */
import { familyOf } from '../message/family/table.ts';
import type {
  AddPathFamily,
  AddressFamily,
  BgpRole,
  Capability,
  CodecContext,
  LongLivedFamily,
  OpenMessage,
} from '../message/types.ts';
import type { Negotiated, NegotiatedRestart, SessionConfig } from './types.ts';

const defaultRestartTimeSeconds = 120;
/** RFC 9234 §4.1. */
const roleCode = 9;

export function ourCapabilities(config: SessionConfig): readonly Capability[] {
  const { families, role, gracefulRestart } = config;
  const external = config.peerAsn !== config.localAsn;
  const optional: (Capability | undefined)[] = [
    config.extendedNextHop && { kind: 'extended-next-hop', families: families.filter(takesOtherNextHops) },
    config.extendedMessages && { kind: 'extended-message' },
    // RFC 9234 §4.1: between external peers only.
    role !== undefined && external ? { kind: 'role', role } : undefined,
    gracefulRestart && restartCapability(config),
    config.addPath && { kind: 'add-path', families: config.addPath.filter(({ family }) => families.includes(family)) },
    { kind: 'enhanced-route-refresh' },
    gracefulRestart?.longLivedSeconds === undefined ? undefined : longLivedCapability(config),
  ];
  return [
    ...families.map((family): Capability => ({ kind: 'multiprotocol', family })), // RFC 4760 §8
    { kind: 'route-refresh' }, // RFC 2918 §2
    { kind: 'four-octet-asn', asn: config.localAsn }, // RFC 6793 §3
    ...optional.filter((capability) => capability !== undefined),
  ];
}

/** RFC 4724 §3: without families it says that we keep the peer's routes and send End-of-RIB, and no more. */
function restartCapability({ gracefulRestart = {} }: SessionConfig): Capability {
  const { preserve = [], restarted = false, notification = true, restartTimeSeconds } = gracefulRestart;
  return {
    kind: 'graceful-restart',
    restarted,
    notification,
    restartTimeSeconds: restartTimeSeconds ?? defaultRestartTimeSeconds,
    families: preserve.map((family) => ({ family, forwardingPreserved: true })),
  };
}

function longLivedCapability({ families, gracefulRestart }: SessionConfig): Capability {
  const { preserve = [], longLivedSeconds = 0 } = gracefulRestart ?? {};
  const each = (family: AddressFamily): LongLivedFamily => ({
    family,
    forwardingPreserved: preserve.includes(family),
    staleTimeSeconds: longLivedSeconds,
  });
  return { kind: 'long-lived-graceful-restart', families: families.map(each) };
}

/** Clients of a route server hear of paths that begin with other clients (RFC 7947 §2.2.2.1). */
export function expectsFirstAs({ acceptAnyFirstAs, role }: SessionConfig): boolean {
  return acceptAnyFirstAs === undefined && role !== 'route-server-client';
}

const counterpart: Readonly<Record<BgpRole, BgpRole>> = {
  provider: 'customer',
  customer: 'provider',
  'route-server': 'route-server-client',
  'route-server-client': 'route-server',
  peer: 'peer',
};

/** Why the peer's role and ours do not go together (RFC 9234 §4.2); `undefined` where they do, or where nobody minds. */
export function roleContradiction({ role, requireRole }: SessionConfig, open: OpenMessage): string | undefined {
  if (role === undefined) return undefined;
  const said = new Set(open.capabilities.flatMap((one) => (one.kind === 'role' ? [one.role] : [])));
  if (open.capabilities.some((one) => one.kind === 'unknown' && one.code === roleCode)) {
    return `we are its ${role}, and the peer says a role that nobody knows`;
  }
  if (said.size > 1) return `the peer says several roles: ${[...said].join(', ')}`;
  const [theirs] = said;
  if (theirs === undefined) {
    return requireRole ? `we are its ${role} and want to hear its role, and the peer says none` : undefined;
  }
  if (counterpart[role] === theirs) return undefined;
  return `we are its ${role}, so it should be ${counterpart[role]}, and says that it is ${theirs}`;
}

type Options = Pick<Negotiated, 'enhancedRouteRefresh' | 'peerRole' | 'gracefulRestart'>;

/** What both ends offer, beyond the codec. */
export function agreedOptions(config: SessionConfig, open: OpenMessage, families: readonly AddressFamily[]): Options {
  const role = find(open, 'role')?.role;
  const restart = config.gracefulRestart && agreedRestart(config, open, families);
  return {
    enhancedRouteRefresh: find(open, 'enhanced-route-refresh') !== undefined, // RFC 7313 §3.2: we always offer it
    ...(role === undefined ? {} : { peerRole: role }),
    ...(restart === undefined ? {} : { gracefulRestart: restart }),
  };
}

function agreedRestart(
  { gracefulRestart: ours = {} }: SessionConfig,
  open: OpenMessage,
  carried: readonly AddressFamily[],
): NegotiatedRestart | undefined {
  const theirs = find(open, 'graceful-restart');
  if (theirs === undefined) return undefined;
  const cap = ours.longLivedSeconds;
  // RFC 9494 §3.1: without the graceful restart capability the long-lived one is ignored.
  const longLived = cap === undefined ? [] : (find(open, 'long-lived-graceful-restart')?.families ?? []);
  return {
    restartTimeSeconds: theirs.restartTimeSeconds,
    notification: theirs.notification && (ours.notification ?? true), // RFC 8538 §2
    families: theirs.families.filter(({ family }) => carried.includes(family)),
    longLived: longLived
      .filter(({ family }) => carried.includes(family))
      .map((one) => ({ ...one, staleTimeSeconds: Math.min(one.staleTimeSeconds, cap ?? 0) })),
  };
}

/** The families whose routes outlive the loss of the session: of either kind of restart (RFC 4724 §4.2, RFC 9494 §4.2). */
export function keptOverRestart(restart: NegotiatedRestart | undefined): readonly AddressFamily[] {
  const { families = [], longLived = [] } = restart ?? {};
  const forLong = longLived.filter(({ staleTimeSeconds }) => staleTimeSeconds > 0);
  return [...new Set([...families, ...forLong].map(({ family }) => family))];
}

type CodecOptions = Pick<
  CodecContext,
  'addPath' | 'extendedMessages' | 'takesExtendedMessages' | 'extendedNextHop' | 'enhancedRouteRefresh' | 'allowAsSet'
>;

/** What both ends offer and what changes how messages are read and written. */
export function agreedCodec(
  config: SessionConfig,
  open: OpenMessage,
  families: readonly AddressFamily[],
): CodecOptions {
  const nextHop = (config.extendedNextHop && find(open, 'extended-next-hop')?.families) ?? [];
  const extendedNextHop = nextHop.filter((family) => families.includes(family) && takesOtherNextHops(family));
  const [ours, theirs] = [config.addPath ?? [], find(open, 'add-path')?.families ?? []];
  // RFC 7911 §4: one side's sending meets the other's receiving.
  const receive = families.filter((family) => does(ours, family, 'receive') && does(theirs, family, 'send'));
  const send = families.filter((family) => does(ours, family, 'send') && does(theirs, family, 'receive'));
  return {
    ...(receive.length + send.length > 0 && { addPath: { receive, send } }),
    ...(config.extendedMessages && extendedMessages(open)),
    ...(extendedNextHop.length > 0 && { extendedNextHop }), // RFC 8950 §4
    ...(find(open, 'enhanced-route-refresh') && { enhancedRouteRefresh: true }),
    ...(config.allowAsSet && { allowAsSet: true }),
  };
}

/** RFC 8950 §4: for other families the capability means nothing. */
function takesOtherNextHops(family: AddressFamily): boolean {
  return familyOf(family).extendedNextHopLengths.length > 0;
}

/** RFC 8654 §4: we send them to a peer that takes them, and take them wherever we said so. */
function extendedMessages(open: OpenMessage): CodecOptions {
  return find(open, 'extended-message') === undefined ? { takesExtendedMessages: true } : { extendedMessages: true };
}

function does(list: readonly AddPathFamily[], family: AddressFamily, what: 'receive' | 'send'): boolean {
  return list.some((one) => one.family === family && (one.direction === what || one.direction === 'both'));
}

/** The last one counts where a capability is said twice (RFC 5492 §4). */
function find<K extends Capability['kind']>({ capabilities }: OpenMessage, kind: K) {
  return capabilities.findLast((one): one is Extract<Capability, { kind: K }> => one.kind === kind);
}
