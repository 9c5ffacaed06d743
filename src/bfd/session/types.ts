/** The events and effects of one BFD session: the vocabulary of its state machine. */
import type { ControlPacket, SessionState } from '../packet/types.ts';
import type { BfdTimers } from '../types.ts';

export type SessionEvent =
  /** A packet that is this session's by discriminator and address; `bytes` are what `packet` was read from. */
  | { readonly type: 'received'; readonly packet: ControlPacket; readonly bytes: Uint8Array }
  /** The time that `wakeAt` named has come; early or late is no fault. Sends, and judges nobody. */
  | { readonly type: 'wake' }
  /** The time that `detectAt` named has come, and all that had arrived by then was brought. Too early: changes nothing. */
  | { readonly type: 'silence' }
  | { readonly type: 'set-timers'; readonly timers: BfdTimers }
  | { readonly type: 'administrative'; readonly down: boolean };

export type SessionEffect =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  | {
      readonly type: 'changed';
      readonly from: SessionState;
      readonly to: SessionState;
      readonly diagnostic: number;
      readonly remoteState: SessionState;
      readonly remoteDiagnostic: number;
    }
  /** The packet changed nothing, and why. */
  | { readonly type: 'discarded'; readonly why: string };
