/**
 * `nearcast/bgp`: BGP for programs. Run a speaker, decode and encode messages, read MRT files, write policies.
 *
 * This is the published door of the room and its only barrel; `docs/bgp-library.md` tells how to use it. Addresses, prefixes
 * and communities may go in as text; what comes out are values, and `format…` makes text of them.
 */
export type { Clock } from '../base/clock.ts';
export { formatProblem, type Problem, ProblemError } from '../base/problem.ts';
export type { Random } from '../base/random.ts';
export type { TcpAoAlgorithm, TcpAoKey, TcpKeys } from '../base/socket-keys.ts';
export { type Address, formatAddress, parseAddress } from '../ip/address.ts';
export { parseAsn } from '../ip/asn.ts';
export {
  formatPrefix,
  type Prefix,
  type PrefixFault,
  parsePrefix,
  prefixContains,
  prefixCovers,
} from '../ip/prefix.ts';
export type { AspaState, OriginState, PathDirection, RouteValidation } from '../ip/route-validation.ts';
export type { Announcement } from './library/announcement.ts';
export { codecContext } from './library/codec.ts';
export { type MrtAttributes, type MrtEntry, type MrtOptions, readMrt } from './library/mrt.ts';
export type { Peer, PeerSettings, Range } from './library/peer.ts';
export { announceOnly, announceOwn } from './library/policies.ts';
export {
  createSpeaker,
  type PeerAdded,
  type Speaker,
  type SpeakerOptions,
} from './library/speaker.ts';
export type { AddressText, PrefixText } from './library/text.ts';
export { type DecodeResult, decodeMessage, encodeMessage } from './message/codec.ts';
export { formatCommunity, formatLargeCommunity, parseCommunity, parseLargeCommunity } from './message/community.ts';
export { formatExtendedCommunity, parseExtendedCommunity } from './message/extended-community.ts';
export { type FramerResult, MessageFramer } from './message/framer.ts';
export { attributesJson, errorJson, type Json, messageJson } from './message/json.ts';
export { describeNotification, shutdownCommunication } from './message/notification.ts';
export type * from './message/types.ts';
export { acceptAll, rejectAll } from './policy/common.ts';
export { formatExplanation, type PolicyExplanation } from './policy/explain.ts';
export { exportPolicyFor, importPolicyFor } from './policy/gao-rexford.ts';
export type { Action, Match, Policy, PolicyTerm, Range as NumberRange, Verdict } from './policy/types.ts';
export type * from './rib/types.ts';
export type { DownReason, GracefulRestartConfig, Negotiated, SessionPhase } from './session/types.ts';
export type { InLimit, LocalAs, PrefixLimits, PrivateAsRemoval } from './speaker/options.ts';
export type { LimitNotice } from './speaker/types.ts';
export type { BfdLink, Reachability } from './transport/bfd-link.ts';
export type {
  BestChange,
  LimitEvent,
  SessionChange,
  SpeakerEvents,
  StopOptions,
  StopOutcome,
  UpdateEvent,
} from './transport/types.ts';
