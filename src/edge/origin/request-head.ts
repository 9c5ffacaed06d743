/**
 * The head of a request to an origin server, as bytes on the wire (one character a byte).
 *
 * Why it checks what the parser of the client's request has checked already: a line end that slips into a target or a
 * value would begin another request, with whatever rights this edge has at the origin server.
 */

export interface OriginRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn, with Host and what frames the body. */
  readonly headers: readonly string[];
  /** The protocol to switch to; '' for none. */
  readonly upgrade: string;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const pathText = /^\/[\x21-\x7e\x80-\xff]*$/;
const headText = /^[^\r\n]+\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*\r\n)+\r\n$/;

/** The head with its empty line, or `undefined` where a part of it is no HTTP. */
export function formatRequestHead({ method, path, headers, upgrade }: OriginRequest): string | undefined {
  if (!(method === 'GET' || token.test(method)) || !pathText.test(path)) return undefined;
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  head += upgrade === '' ? 'connection: keep-alive\r\n\r\n' : `connection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`;
  // A name or value with a line end in it makes one line more than there are: counting catches what the pattern cannot.
  return headText.test(head) && lineEnds(head) === headers.length / 2 + (upgrade === '' ? 3 : 4) ? head : undefined;
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
