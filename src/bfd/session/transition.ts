/** The BFD state machine proper: what a received state makes of ours (RFC 5880 §6.2, §6.8.6). */
import { unreachable } from '../../base/assert.ts';
import { diagnostic } from '../packet/diagnostic.ts';
import type { SessionState } from '../packet/types.ts';

export interface Transition {
  readonly state: SessionState;
  /** bfd.LocalDiag with the new state. */
  readonly diagnostic: number;
}

/** Where a packet with the peer's state `received` leads from `local`; `undefined`: nowhere. */
export function transition(local: SessionState, received: SessionState): Transition | undefined {
  switch (local) {
    case 'admin-down':
      return undefined; // §6.8.6: "If bfd.SessionState is AdminDown, discard the packet"
    case 'down':
      if (received === 'down') return { state: 'init', diagnostic: diagnostic.none };
      if (received === 'init') return { state: 'up', diagnostic: diagnostic.none };
      return undefined; // Up: the peer has yet to see us Down; AdminDown: it will not talk
    case 'init':
      if (received === 'init' || received === 'up') return { state: 'up', diagnostic: diagnostic.none };
      return received === 'admin-down' ? signaledDown : undefined;
    case 'up':
      return received === 'down' || received === 'admin-down' ? signaledDown : undefined;
    default:
      return unreachable(local);
  }
}

const signaledDown: Transition = { state: 'down', diagnostic: diagnostic.neighborSignaledDown };
