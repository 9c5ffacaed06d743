/**
 * What an MRT file says of one route or state change, as a plain object: all but the attributes, which many routes share.
 *
 * Addresses are as RFC 5952 writes them, bits behind a prefix's length zero.
 */
import { type Address, formatAddress } from '../../../ip/address.ts';
import { formatPrefix, prefixOf } from '../../../ip/prefix.ts';
import { bgp4mpKinds, mrtType } from '../decode/numbers.ts';
import type { PeerView, RouteView } from '../decode/route.ts';

export interface MrtEnd {
  readonly address: string;
  readonly asn: number;
}

interface Common {
  /** Seconds since 1970. */
  readonly time: number;
  readonly microseconds?: number;
  /** The collector said it to the peer, not the peer to it. */
  readonly sentByCollector?: true;
  readonly peer: MrtEnd;
  /** The collector's end of the session; only of messages. */
  readonly local?: MrtEnd;
}

interface RouteWords {
  readonly prefix: string;
  /** Absent: unicast. */
  readonly safi?: string;
  /** In families with add-path (RFC 7911). */
  readonly pathId?: number;
}

/** Of a RIB dump; `originatedTime`: when its router learned the route. */
export interface RibHead extends Common, RouteWords {
  readonly type: 'rib';
  readonly originatedTime: number;
}

/** Of a recorded UPDATE. */
export interface RouteHead<Type extends 'announce' | 'withdraw'> extends Common, RouteWords {
  readonly type: Type;
}

export interface StateHead extends Common {
  readonly type: 'state';
  readonly from: string | number;
  readonly to: string | number;
}

export type MrtHead = RibHead | RouteHead<'announce' | 'withdraw'> | StateHead;

export function ribHead(view: RouteView): RibHead {
  return { ...head('rib', view), ...routeOf(view), originatedTime: view.originatedTime };
}

export function routeHead<Type extends 'announce' | 'withdraw'>(type: Type, view: RouteView): RouteHead<Type> {
  return { ...head(type, view), ...routeOf(view) };
}

export function stateHead(view: RouteView): StateHead {
  return { ...head('state', view), from: stateName(view.oldState), to: stateName(view.newState) };
}

function head<Type extends string>(type: Type, view: RouteView): Common & { readonly type: Type } {
  const { record } = view;
  const message = record.type === mrtType.bgp4mp || record.type === mrtType.bgp4mpEt;
  return {
    type,
    time: record.time,
    ...(record.microseconds < 0 ? {} : { microseconds: record.microseconds }),
    ...(message && bgp4mpKinds[record.subtype]?.local === true ? { sentByCollector: true as const } : {}),
    peer: endOf(view.peer),
    ...(message ? { local: endOf(view.local) } : {}),
  };
}

function endOf({ family, bytes, at, asn }: PeerView): MrtEnd {
  return { address: formatAddress({ family, bytes: bytes.subarray(at, at + (family === 4 ? 4 : 16)) }), asn };
}

const safiNames = ['', 'unicast', 'multicast', 'unicast-and-multicast'];

function routeOf(view: RouteView): RouteWords {
  const bytes = new Uint8Array(view.family === 4 ? 4 : 16);
  bytes.set(view.record.bytes.subarray(view.prefixAt, view.prefixAt + view.prefixBytes));
  const address: Address = { family: view.family, bytes };
  return {
    prefix: formatPrefix(prefixOf(address, view.prefixBits)),
    ...(view.safi === 1 ? {} : { safi: safiNames[view.safi] ?? String(view.safi) }),
    ...(view.pathId < 0 ? {} : { pathId: view.pathId }),
  };
}

/** RFC 6396 §4.4.1; 7 and 8 are Quagga's. */
const stateNames = [
  'unknown',
  'idle',
  'connect',
  'active',
  'opensent',
  'openconfirm',
  'established',
  'clearing',
  'deleted',
];

function stateName(state: number): string | number {
  return stateNames[state] ?? state;
}
