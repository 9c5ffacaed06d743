/**
 * What becomes of headers on their way through.
 *
 * To the origin server: hop-by-hop fields go (RFC 9110 §7.6.1), whatever a client says about who it is is replaced by
 * what the edge knows (nobody trusted stands before the edge), Host stays the customer's. Back: hop-by-hop fields go,
 * and the edge's own are added.
 */

/** RFC 9110 §7.6.1, and what older software uses so. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

/** Set by the edge alone. `proxy`: CGI programs take it for a proxy to use (CVE-2016-5385). */
const setByEdge = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'x-request-id',
  'x-nearcast-pop',
  'proxy',
];

const droppedFromRequest: ReadonlySet<string> = new Set([
  ...hopByHop,
  ...setByEdge,
  'host',
  'content-length',
  'expect',
]);
const droppedFromResponse: ReadonlySet<string> = new Set([...hopByHop, 'x-request-id', 'x-nearcast-pop']);

export const viaName = 'nearcast';
/** So often may a request pass an edge of ours; more is an origin server that points back to the network. */
export const mostPasses = 3;

const usuallyWithBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

export interface RequestFacts {
  readonly method: string;
  readonly authority: string;
  readonly httpMinor: number;
  readonly requestId: string;
  readonly clientAddress: string;
  /** As RFC 7239 wants it. */
  readonly forwardedFor: string;
  /** The declared length of the body; -1 where not told. */
  readonly bodyBytes: number;
  readonly hasBody: boolean;
}

/** The headers for the origin server; `'loop'` where the request came back too often (RFC 9110 §7.6.3). */
export function originRequestHeaders(rawHeaders: readonly string[], facts: RequestFacts): string[] | 'loop' {
  const named = connectionNames(rawHeaders);
  const headers: string[] = ['host', facts.authority];
  let via = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (droppedFromRequest.has(lower) || named?.has(lower)) continue;
    // Many programs read `X_Forwarded_For` and `X-Forwarded-For` as one.
    if (lower.includes('_') && droppedFromRequest.has(lower.replaceAll('_', '-'))) continue;
    const value = rawHeaders[i + 1] as string;
    if (lower === 'via') via += `${value}, `;
    else headers.push(name, value);
  }
  if (via !== '' && via.split(` ${viaName}`).length - 1 >= mostPasses) return 'loop';
  headers.push(
    'x-request-id',
    facts.requestId,
    'x-forwarded-for',
    facts.clientAddress,
    'x-forwarded-proto',
    'http',
    'x-forwarded-host',
    facts.authority,
    'forwarded',
    // RFC 7239 §4: a host with a port is no token and stands in quotes.
    `for=${facts.forwardedFor};host="${facts.authority}";proto=http`,
    'via',
    `${via}1.${facts.httpMinor} ${viaName}`,
  );
  // RFC 9110 §8.6: a method that usually has a body tells that there is none.
  if (facts.bodyBytes >= 0) headers.push('content-length', String(facts.bodyBytes));
  else if (facts.hasBody) headers.push('transfer-encoding', 'chunked');
  else if (usuallyWithBody.has(facts.method)) headers.push('content-length', '0');
  return headers;
}

export interface ResponseHeaders {
  readonly headers: string[];
  readonly hasLength: boolean;
  readonly hasDate: boolean;
}

/** The headers for the client, out of an origin server's: names and values in turn. */
export function clientResponseHeaders(fields: readonly string[], status: number): ResponseHeaders {
  const headers: string[] = [];
  let hasLength = false;
  let hasDate = false;
  let named: Set<string> | undefined;
  let via = '';
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    const lower = name.toLowerCase();
    if (droppedFromResponse.has(lower)) {
      if (lower === 'connection') named = addNames(named, value);
      continue;
    }
    if (lower === 'via') {
      via += `${value}, `;
      continue;
    }
    if (lower === 'content-length') {
      // RFC 9110 §8.6: there is none in a 204, which has no content to have a length.
      if (status === 204) continue;
      hasLength = true;
    } else if (lower === 'date') hasDate = true;
    headers.push(name, value);
  }
  const kept = named === undefined ? headers : withoutNamed(headers, named);
  kept.push('via', `${via}1.1 ${viaName}`);
  return { headers: kept, hasLength, hasDate };
}

function withoutNamed(headers: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!named.has((headers[i] as string).toLowerCase())) kept.push(headers[i] as string, headers[i + 1] as string);
  }
  return kept;
}

/** Field names listed in Connection, which end here too; `undefined` in the usual case that there are none. */
function connectionNames(rawHeaders: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 10 && name.toLowerCase() === 'connection') named = addNames(named, rawHeaders[i + 1] as string);
  }
  return named;
}

/** Framing and routing stay whatever Connection says: content-length and date are not the sender's to take away. */
const neverNamed: ReadonlySet<string> = new Set(['close', 'keep-alive', 'upgrade', 'host', 'content-length', 'date']);

function addNames(named: Set<string> | undefined, value: string): Set<string> | undefined {
  if (value === 'keep-alive' || value === 'close') return named;
  let result = named;
  for (const part of value.toLowerCase().split(',')) {
    const name = part.trim();
    if (name !== '' && !neverNamed.has(name)) {
      result ??= new Set();
      result.add(name);
    }
  }
  return result;
}
