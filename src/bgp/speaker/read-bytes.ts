/** A peer's bytes as events of its session: whole messages, each read as the session reads it by then. */
import { decodeMessage } from '../message/codec.ts';
import type { SessionEvent, Side } from '../session/types.ts';
import type { Peer } from './peer.ts';
import { updateInPlace } from './received.ts';

/**
 * Read one by one, each when the one before has been dealt with: a message may change how the next is read. The session ignores what stands
 * behind its end. `decodeAll`: no update is taken from where it stands, because somebody wants to see it.
 */
export function* readBytes(
  peer: Peer,
  side: Side,
  bytes: Uint8Array,
  decodeAll: boolean,
): Generator<SessionEvent, void, undefined> {
  const framed = peer.frame(side, bytes);
  if (framed === undefined) return;
  const { messages, error } = framed;
  for (const raw of messages) {
    const plain = peer.established?.side === side && !decodeAll;
    const inPlace = plain ? updateInPlace(peer, raw, peer.codec) : undefined;
    if (inPlace !== undefined) {
      yield { type: 'message', side, message: inPlace };
      continue;
    }
    const decoded = decodeMessage(raw, peer.codec);
    if (decoded.ok) yield { type: 'message', side, message: decoded.message };
    else yield { type: 'malformed', side, error: decoded.error };
  }
  if (error !== undefined) yield { type: 'malformed', side, error };
}
