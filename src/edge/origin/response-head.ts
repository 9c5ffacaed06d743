/**
 * The head of an origin server's answer: its status line, its fields, and where its body ends.
 *
 * Why so strict: two readers that take one answer's bounds differently are how answers are smuggled. What RFC 9112 lets a
 * recipient mend (bare line feeds, folded lines, spaces before a colon) is refused, and so is every doubt about the length.
 */

/** The body's length where it is not told in bytes: it ends with its last chunk, or with the connection. */
export const inChunks = -2;
export const untilClose = -1;

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as sent, without white space around values. */
  readonly fields: readonly string[];
  /** Bytes of the body that follows, or `inChunks`, or `untilClose`. */
  readonly framing: number;
  /** The connection may carry another request afterwards. */
  readonly keepAlive: boolean;
  /** What `Keep-Alive` says; `undefined` where it does not. */
  readonly keepAliveSeconds: number | undefined;
  /** The protocol that a 101 switches to, in lower case. */
  readonly upgrade: string;
}

/** Why an answer cannot be taken: a sentence for the log. */
export type Garbage = string;

/** RFC 9112 §4: version, three digits, and a reason that may be missing; §2.3: a later 1.x is read as 1.1. */
const statusLine = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;
/** RFC 9112 §5: names are tokens and touch their colon, no line is folded, each ends with CRLF. The classes share no character. */
const fieldLines = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const lengthText = /^[0-9]{1,15}$/;

/** Reads a head up to and with the line end of its last field, one character a byte. */
export function parseResponseHead(text: string, request: { readonly method: string }): ResponseHead | Garbage {
  const first = statusLine.exec(text);
  if (first === null) return 'the status line is none of HTTP/1';
  let at = first[0].length;
  const httpMinor = first[1] === '0' ? 0 : 1;
  const status = Number(first[2]);
  // RFC 9110 §15.2: HTTP/1.0 knows no interim answers.
  if (status < 200 && httpMinor === 0) return 'it has an interim answer in HTTP/1.0';
  const fields: string[] = [];
  if (!fieldLines.test(text.slice(at))) return 'a header line is malformed';

  let bodyBytes = -1;
  let coding: string | undefined;
  let closes = false;
  let keeps = false;
  let keepAliveSeconds: number | undefined;
  let upgrade = '';
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', colon);
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    at = end + 2;
    fields.push(name, value);
    // The length tells most names apart before any is compared.
    switch (name.length) {
      case 7:
        if (isNamed(name, 'upgrade')) upgrade = value.toLowerCase();
        break;
      case 10:
        if (isNamed(name, 'connection')) {
          closes ||= lists(value, 'close');
          keeps ||= lists(value, 'keep-alive');
        } else if (isNamed(name, 'keep-alive')) keepAliveSeconds = keepAliveOf(value);
        break;
      case 14:
        if (isNamed(name, 'content-length')) {
          // RFC 9112 §6.3: a list of equal lengths might be taken as one; a second one is refused, whatever it says.
          if (bodyBytes >= 0 || !lengthText.test(value) || hasTab(text, colon, end)) {
            return 'its Content-Length is not one number';
          }
          bodyBytes = Number(value);
        }
        break;
      case 17:
        if (isNamed(name, 'transfer-encoding')) {
          if (coding !== undefined || hasTab(text, colon, end)) return 'its Transfer-Encoding is not one word';
          coding = value.toLowerCase();
        }
        break;
    }
  }

  let framing = bodyBytes >= 0 ? bodyBytes : untilClose;
  if (coding !== undefined) {
    // RFC 9112 §6.1: with a length too, or in HTTP/1.0, the framing is faulty.
    if (bodyBytes >= 0) return 'it has both Content-Length and Transfer-Encoding';
    if (httpMinor === 0) return 'it has a Transfer-Encoding in HTTP/1.0';
    // RFC 9112 §7: nothing but chunked was offered, since the request had no TE.
    if (coding !== 'chunked') return 'it has a transfer coding that was not asked for';
    framing = inChunks;
  }
  let keepAlive = !closes && (httpMinor === 1 || keeps);
  // RFC 9112 §6.3: these have no body, whatever their fields say.
  if (status < 200 || status === 204 || status === 304 || request.method === 'HEAD') {
    // A server that says there is one may send it all the same, and it would be taken for the next answer.
    if (request.method === 'HEAD' || (status !== 304 && framing !== untilClose && framing !== 0)) keepAlive = false;
    framing = 0;
  } else if (framing === untilClose) {
    keepAlive = false;
  }
  return { status, reason: first[3] ?? '', fields, framing, keepAlive, keepAliveSeconds, upgrade };
}

/** Whether a trailer line with its line end is well formed (RFC 9112 §7.1.2). */
export function isFieldLine(line: string): boolean {
  return fieldLines.test(line);
}

function isNamed(name: string, lowerCase: string): boolean {
  return name === lowerCase || name.toLowerCase() === lowerCase;
}

/** RFC 9110 §5.5: white space around a value is none of it. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Parsers disagree on tabs around what frames a body. */
function hasTab(text: string, start: number, end: number): boolean {
  return text.slice(start, end).includes('\t');
}

function lists(value: string, option: string): boolean {
  if (value === option) return true;
  const lower = value.toLowerCase();
  return lower.includes(option) && lower.split(',').some((part) => part.trim() === option);
}

function keepAliveOf(value: string): number | undefined {
  const found = /(?:^|[,;\s])timeout=([0-9]{1,6})/i.exec(value);
  return found === null ? undefined : Number(found[1]);
}
