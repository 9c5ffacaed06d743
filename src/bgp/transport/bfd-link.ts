/**
 * How a session hears from BFD (RFC 5882), which this room does not know: whoever composes both implements `BfdLink`.
 *
 * The link lives as long as the peer: it is started when the peer is added and ended when the peer is gone.
 */

/** `up` and `down`: whether packets reach the peer and come back. `unknown`: BFD was told to stop, or cannot say. */
export type Reachability = 'up' | 'down' | 'unknown';

export interface BfdLink {
  /** Hold the session back until BFD is up, and after it went down. */
  readonly strict: boolean;
  /** Starts BFD towards the peer and calls `changed` with each change; returns what ends both. */
  start(changed: (reachability: Reachability) => void): () => void;
}

export type BfdEvent = { readonly type: 'bfd-up' | 'bfd-down'; readonly peer: string };

/** Brings what a peer's link says as events; returns what ends it, once. Without a link nothing happens. */
export function watchBfd(link: BfdLink | undefined, peer: string, bring: (event: BfdEvent) => void): () => void {
  if (link === undefined) return () => {};
  let ended = false;
  const end = link.start((reachability) => {
    // RFC 5882 §3.2: an AdminDown says nothing of the path, so it ends no session, and holds none back.
    if (!ended) bring({ type: reachability === 'down' ? 'bfd-down' : 'bfd-up', peer });
  });
  return () => {
    if (!ended) end();
    ended = true;
  };
}
