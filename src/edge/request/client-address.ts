/**
 * What one connection tells about its client, worked out once for all of its requests.
 *
 * Why: asking the socket for its peer's address costs more than reading a property, and origin servers want it in two
 * spellings.
 */
import type { Socket } from 'node:net';

export interface ConnectionFacts {
  /** Without brackets; an IPv4 client that came over an IPv6 socket in its IPv4 spelling. */
  readonly address: string;
  /** RFC 7239 §6: an IPv6 address stands in brackets and quotes. */
  readonly forwardedFor: string;
  /** Requests taken from this connection and not yet answered to the end. */
  open: number;
  /** Taken so far. */
  taken: number;
  /** The open one that came last. */
  newest: OpenRequest | undefined;
  /** Its listener is closed: the next answer is its last. */
  closing: boolean;
  /** It has carried a customer's request. */
  counted: boolean;
}

/** What the listener must know of a request when bytes behind its head turn out to be no HTTP. */
export interface OpenRequest {
  readonly request: { readonly complete: boolean };
  readonly response: { readonly headersSent: boolean; shouldKeepAlive: boolean };
  /** A whole answer was made without the request's body. */
  readonly answered: boolean;
  onFinished: (() => void) | undefined;
  fail(status: number, options: { failure: string }): void;
}

const factsKey = Symbol('connection facts');

/** The facts are kept on the socket itself, so they go with it. */
export function connectionFacts(socket: Socket & { [factsKey]?: ConnectionFacts }): ConnectionFacts {
  let facts = socket[factsKey];
  if (facts === undefined) {
    facts = {
      ...spellings(socket.remoteAddress ?? 'unknown'),
      open: 0,
      taken: 0,
      newest: undefined,
      closing: false,
      counted: false,
    };
    socket[factsKey] = facts;
  }
  return facts;
}

/** The two spellings of a peer's address. */
export function spellings(text: string): { address: string; forwardedFor: string } {
  const address = text.startsWith('::ffff:') && text.includes('.') ? text.slice(7) : text;
  return { address, forwardedFor: address.includes(':') ? `"[${address}]"` : address };
}
