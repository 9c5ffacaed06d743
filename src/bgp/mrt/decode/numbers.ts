/**
 * The numbers of MRT: record types and subtypes that carry BGP (RFC 6396 §4, RFC 8050 §4), and those that do not.
 *
 * Why one table: what a subtype means (AS numbers of 4 octets? path identifiers? sent by ourselves?) is said once, and the
 * decoders ask for it. Which types exist at all decides whether a header is one (`framer.ts`).
 */

/** RFC 6396 §4. */
export const mrtType = { tableDump: 12, tableDumpV2: 13, bgp4mp: 16, bgp4mpEt: 17 } as const;

/** RFC 6396 §4 and IANA's registry: types of other protocols, and those that old collectors wrote. Skipped by their length. */
export const foreignTypes: ReadonlyMap<number, string> = new Map([
  [0, 'NULL'],
  [1, 'START'],
  [2, 'DIE'],
  [3, 'I_AM_DEAD'],
  [4, 'PEER_DOWN'],
  [5, 'BGP'],
  [6, 'RIP'],
  [7, 'IDRP'],
  [8, 'RIPNG'],
  [9, 'BGP4PLUS'],
  [10, 'BGP4PLUS_01'],
  [11, 'OSPFv2'],
  [32, 'ISIS'],
  [33, 'ISIS_ET'],
  [48, 'OSPFv3'],
  [49, 'OSPFv3_ET'],
]);

/** The highest subtype of each type that carries BGP (RFC 8050 §4). */
const lastSubtype: Readonly<Record<number, number>> = {
  [mrtType.tableDump]: 2,
  [mrtType.tableDumpV2]: 12,
  [mrtType.bgp4mp]: 11,
  [mrtType.bgp4mpEt]: 11,
};

export function carriesBgp(type: number): boolean {
  return lastSubtype[type] !== undefined;
}

/** Whether a header of this type and subtype can be one that somebody wrote on purpose. */
export function isKnown(type: number, subtype: number): boolean {
  const last = lastSubtype[type];
  return last === undefined ? foreignTypes.has(type) : subtype <= last;
}

export const peerIndexTable = 1;

export interface RibKind {
  readonly family: 4 | 6;
  readonly unicast: boolean;
  /** Each entry has a path identifier (RFC 8050 §4). */
  readonly addPath: boolean;
}

/** Subtypes of TABLE_DUMP_V2 with routes of one AFI and SAFI (RFC 6396 §4.3.2, RFC 8050 §4.1). Not here: RIB_GENERIC. */
export const ribKinds: Readonly<Record<number, RibKind>> = {
  2: { family: 4, unicast: true, addPath: false },
  3: { family: 4, unicast: false, addPath: false },
  4: { family: 6, unicast: true, addPath: false },
  5: { family: 6, unicast: false, addPath: false },
  8: { family: 4, unicast: true, addPath: true },
  9: { family: 4, unicast: false, addPath: true },
  10: { family: 6, unicast: true, addPath: true },
  11: { family: 6, unicast: false, addPath: true },
};

export interface Bgp4mpKind {
  readonly what: 'message' | 'state';
  readonly asnBytes: 2 | 4;
  /** Sent by the collector itself (RFC 6396 §4.4.5). */
  readonly local: boolean;
  readonly addPath: boolean;
}

/** Subtypes of BGP4MP and BGP4MP_ET (RFC 6396 §4.4, RFC 8050 §4.2). Not here: the deprecated ENTRY and SNAPSHOT. */
export const bgp4mpKinds: Readonly<Record<number, Bgp4mpKind>> = {
  0: { what: 'state', asnBytes: 2, local: false, addPath: false },
  1: { what: 'message', asnBytes: 2, local: false, addPath: false },
  4: { what: 'message', asnBytes: 4, local: false, addPath: false },
  5: { what: 'state', asnBytes: 4, local: false, addPath: false },
  6: { what: 'message', asnBytes: 2, local: true, addPath: false },
  7: { what: 'message', asnBytes: 4, local: true, addPath: false },
  8: { what: 'message', asnBytes: 2, local: false, addPath: true },
  9: { what: 'message', asnBytes: 4, local: false, addPath: true },
  10: { what: 'message', asnBytes: 2, local: true, addPath: true },
  11: { what: 'message', asnBytes: 4, local: true, addPath: true },
};
