/**
 * Admission: which request heads go on, and which are refused before anything reads them as a customer's request.
 *
 * Why: two readers that take one request's bounds or its host differently are how requests are smuggled. The parser
 * refuses most of it already; what it leaves is decided here, over plain values.
 */
import { canonicalHost } from './host.ts';

export interface Head {
  readonly method: string;
  /** The request target as sent. */
  readonly target: string;
  readonly httpMinor: number;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
}

export interface Admitted {
  readonly refused: false;
  /** The authority as the client wrote it; '' where HTTP/1.0 sent none. */
  readonly authority: string;
  /** Path and query. */
  readonly target: string;
  readonly hasBody: boolean;
  /** -1 where the client did not tell. */
  readonly bodyBytes: number;
  readonly requestId: string | undefined;
  readonly userAgent: string;
}

export interface Refusal {
  readonly refused: true;
  readonly status: number;
  readonly why: string;
}

function refuse(status: number, why: string): Refusal {
  return { refused: true, status, why };
}

/** RFC 9110 §9.1: a method is case-sensitive. CONNECT and TRACE have no place at a gateway (§9.3.6, §9.3.8). */
const refusedMethods = new Set(['CONNECT', 'TRACE', 'TRACK']);

export function admit(
  head: Head,
  limits: { readonly targetBytes: number; readonly bodyBytes: number },
): Admitted | Refusal {
  const { target, rawHeaders } = head;
  if (target.length > limits.targetBytes) return refuse(414, 'The address is too long.');
  if (refusedMethods.has(head.method)) return refuse(405, `The method ${head.method} is not served here.`);

  let host: string | undefined;
  let hosts = 0;
  let lengths = 0;
  let bodyBytes = -1;
  let encoding: string | undefined;
  let encodings = 0;
  let requestId: string | undefined;
  let userAgent = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    // The length tells most names apart before any is compared.
    switch (name.length) {
      case 4:
        if (isNamed(name, 'host')) {
          host = value;
          hosts++;
        }
        break;
      case 10:
        if (isNamed(name, 'user-agent')) userAgent = value;
        break;
      case 12:
        if (isNamed(name, 'x-request-id')) requestId = value;
        break;
      case 14:
        if (isNamed(name, 'content-length')) {
          lengths++;
          bodyBytes = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
        }
        break;
      case 17:
        if (isNamed(name, 'transfer-encoding')) {
          encodings++;
          encoding = value;
        }
        break;
    }
  }

  // RFC 9112 §3.2: no Host in HTTP/1.1, or more than one, is a 400.
  if (hosts > 1) return refuse(400, 'The request has more than one Host header.');
  if (host === undefined && head.httpMinor >= 1) return refuse(400, 'The request has no Host header.');
  if (lengths > 1 || Number.isNaN(bodyBytes)) return refuse(400, 'The Content-Length header is not one number.');
  if (encodings > 0) {
    // RFC 9112 §6.1: with a length too, or in HTTP/1.0, the framing is faulty and maybe an attack.
    if (lengths > 0) return refuse(400, 'The request has both Content-Length and Transfer-Encoding.');
    if (head.httpMinor === 0) return refuse(400, 'HTTP/1.0 knows no Transfer-Encoding.');
    if (encodings > 1 || encoding?.trim().toLowerCase() !== 'chunked') {
      return refuse(501, 'No transfer coding but chunked is understood.');
    }
  }
  if (bodyBytes > limits.bodyBytes) return refuse(413, `The body is longer than ${limits.bodyBytes} bytes.`);

  const hasBody = encodings > 0 || bodyBytes > 0;
  if (target.charCodeAt(0) === 0x2f /* / */) {
    if (target.includes('#')) return refuse(400, 'A request target has no fragment.');
    return { refused: false, authority: host ?? '', target, hasBody, bodyBytes, requestId, userAgent };
  }
  // RFC 9112 §3.2.2: in absolute form the target's authority counts, and Host is ignored.
  const absolute = /^https?:\/\/([^/?#@]+)([/?][^#]*)?$/i.exec(target);
  if (absolute === null) return refuse(400, 'The request target is neither a path nor a URL.');
  const rest = absolute[2] ?? '/';
  return {
    refused: false,
    authority: absolute[1] as string,
    target: rest.startsWith('/') ? rest : `/${rest}`,
    hasBody,
    bodyBytes,
    requestId,
    userAgent,
  };
}

function isNamed(name: string, lowerCase: string): boolean {
  return name === lowerCase || name.toLowerCase() === lowerCase;
}

/** The authority in the one spelling under which domains are kept, or why it is none. */
export function admitAuthority(authority: string): string | Refusal {
  return canonicalHost(authority) ?? refuse(400, 'The Host header is not a host name.');
}
