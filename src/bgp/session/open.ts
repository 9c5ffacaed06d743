/**
 * The OPEN that we send, and what the peer's OPEN and ours agree on.
 *
 * Why: an OPEN can be well formed and still unacceptable to this session: another AS than the one configured, nothing in
 * common to talk about. The codec checks the form; this checks the agreement (RFC 4271 §6.2).
 */
import { ByteWriter } from '../../base/bytes.ts';
import { addressesEqual, formatAddress } from '../../ip/address.ts';
import { encodeCapabilities } from '../message/capability/list.ts';
import { multiprotocol } from '../message/capability/multiprotocol.ts';
import type { AddressFamily, NotificationMessage, OpenMessage } from '../message/types.ts';
import { agreedCodec, agreedOptions, expectsFirstAs, ourCapabilities, roleContradiction } from './capabilities.ts';
import { keepaliveSeconds } from './delays.ts';
import type { Negotiated, SessionConfig } from './types.ts';

export function openMessage(config: SessionConfig): OpenMessage {
  return {
    type: 'open',
    asn: config.localAsn,
    holdTimeSeconds: config.holdTimeSeconds,
    routerId: config.routerId,
    capabilities: ourCapabilities(config),
  };
}

export type Negotiation =
  | { readonly ok: true; readonly negotiated: Negotiated }
  | { readonly ok: false; readonly notification: NotificationMessage; readonly what: string };

/** What the session runs with after the peer's OPEN, or the NOTIFICATION that refuses it and why, for people. */
export function negotiate(config: SessionConfig, open: OpenMessage): Negotiation {
  if (open.asn !== config.peerAsn) {
    return refuse(2, `the peer says it is AS ${open.asn}, configured is AS ${config.peerAsn}`); // Bad Peer AS, §6.2
  }
  const external = config.peerAsn !== config.localAsn;
  if (!external && addressesEqual(open.routerId, config.routerId)) {
    // RFC 6286 §2.2: within one AS, router ids are unique.
    return refuse(3, `the peer in our own AS has our router id ${formatAddress(open.routerId)}`);
  }
  if (open.holdTimeSeconds === 1 || open.holdTimeSeconds === 2) {
    return refuse(6, `the peer proposes a hold time of ${open.holdTimeSeconds} s; 0, or 3 and more are allowed`); // §4.2
  }
  const theirs = familiesOf(open);
  const families = config.families.filter((family) => theirs.includes(family));
  if (families.length === 0) {
    const [ours, said] = [config.families.join(', '), theirs.join(', ') || 'none that we know'];
    return refuse(7, `no address family in common: ours ${ours}; the peer's ${said}`, missing(config.families));
  }
  const contradiction = external ? roleContradiction(config, open) : undefined;
  if (contradiction !== undefined) return refuse(11, contradiction); // Role Mismatch, RFC 9234 §4.2
  const holdTimeSeconds = Math.min(config.holdTimeSeconds, open.holdTimeSeconds); // §4.2
  return {
    ok: true,
    negotiated: {
      holdTimeSeconds,
      keepaliveSeconds: keepaliveSeconds(holdTimeSeconds),
      peerRouterId: open.routerId,
      opens: { sent: openMessage(config), received: open },
      peerCapabilities: open.capabilities,
      routeRefresh: open.capabilities.some(({ kind }) => kind === 'route-refresh'),
      ...agreedOptions(config, open, families),
      codec: {
        fourOctetAsn: open.capabilities.some(({ kind }) => kind === 'four-octet-asn'), // RFC 6793 §4.1: both or neither
        external,
        ...(expectsFirstAs(config) && { peerAsn: config.peerAsn }),
        families,
        ...agreedCodec(config, open, families),
      },
    },
  };
}

/**
 * The families that the peer speaks. One that sends no multiprotocol capability speaks IPv4 unicast (RFC 4760 §8); one
 * that sends them for families that we do not know speaks only those.
 */
function familiesOf(open: OpenMessage): readonly AddressFamily[] {
  const known = open.capabilities.flatMap((one) => (one.kind === 'multiprotocol' ? [one.family] : []));
  const other = open.capabilities.some((one) => one.kind === 'unknown' && one.code === multiprotocol.code);
  return known.length === 0 && !other ? ['ipv4-unicast'] : known;
}

/** RFC 5492 §3: Unsupported Capability lists the capabilities that we ask for, as an OPEN would carry them. */
function missing(families: readonly AddressFamily[]): Uint8Array {
  const writer = new ByteWriter();
  encodeCapabilities(
    families.map((family) => ({ kind: 'multiprotocol', family })),
    writer,
  );
  return writer.finish();
}

function refuse(subcode: number, what: string, data: Uint8Array = new Uint8Array()): Negotiation {
  return { ok: false, notification: { type: 'notification', code: 2, subcode, data }, what };
}
