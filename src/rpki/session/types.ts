/**
 * The states, events and effects of our side of one session with a cache: the vocabulary of its state machine.
 *
 * stopped     not asked to run
 * connecting  the connection is being made
 * querying    a Serial Query or Reset Query is out, and no answer has begun
 * loading     a Cache Response has come, its payload follows
 * ready       in sync; waits for a notify or for the refresh interval
 * waiting     no connection; the retry timer runs
 *
 * Data outlives connections: it is held from the first End of Data until the expire timer fires, in whatever state.
 */
import type { Intervals, PayloadPdu, Pdu, RtrFault, RtrVersion } from '../pdu/types.ts';

export type RtrPhase = 'stopped' | 'connecting' | 'querying' | 'loading' | 'ready' | 'waiting';

/** `response`: a cache has been silent since we asked. */
export type RtrTimer = 'response' | 'refresh' | 'retry' | 'expire';

export type RtrEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'connected' }
  | { readonly type: 'connect-failed'; readonly why: string }
  | { readonly type: 'closed'; readonly why: string }
  | { readonly type: 'pdu'; readonly version: RtrVersion; readonly pdu: Pdu }
  /** Bytes that are no PDU, or a payload that the staged update cannot take. */
  | { readonly type: 'fault'; readonly fault: RtrFault }
  | { readonly type: 'timer'; readonly timer: RtrTimer };

export type RtrEffect =
  | { readonly type: 'connect' }
  | { readonly type: 'send'; readonly version: RtrVersion; readonly pdu: Pdu }
  /** Flush what was sent, then close; no more events of this connection are delivered. Also gives up an attempt. */
  | { readonly type: 'close' }
  | { readonly type: 'set-timer'; readonly timer: RtrTimer; readonly delayMs: number }
  | { readonly type: 'clear-timer'; readonly timer: RtrTimer }
  /** Stage an update: from nothing, or from the data held. */
  | { readonly type: 'begin'; readonly from: 'nothing' | 'data' }
  | { readonly type: 'stage'; readonly version: RtrVersion; readonly pdu: PayloadPdu }
  /** Forget what was staged. */
  | { readonly type: 'abandon' }
  /** What was staged is whole: use it instead of the data held. */
  | { readonly type: 'commit'; readonly source: Source }
  /** The data held is too old to be used (RFC 8210 §6). */
  | { readonly type: 'expire' }
  | { readonly type: 'failed'; readonly failure: RtrFailure };

/** Where data comes from. A session ID means something within one cache and version only (RFC 8210 §5.1). */
export interface Source {
  readonly version: RtrVersion;
  readonly sessionId: number;
  readonly serial: number;
  readonly intervals: Intervals;
}

export interface RtrFailure {
  readonly kind: 'connect-failed' | 'closed' | 'no-answer' | 'fault' | 'error-report' | 'no-data' | 'version';
  /** For people. */
  readonly what: string;
}
