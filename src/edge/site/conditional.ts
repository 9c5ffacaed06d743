/** Conditional requests (RFC 9110 §13): whether a client's copy is still good, and whether its conditions hold. */

export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

export interface Validators {
  /** With its quotes; strong. */
  readonly etag: string;
  /** Whole seconds, as HTTP dates have. */
  readonly lastModifiedMs: number;
}

/** 304: the client has it · 412: a condition fails · undefined: answer in full. In the order of RFC 9110 §13.2.2. */
export function evaluateConditions(conditions: Conditions, validators: Validators): 304 | 412 | undefined {
  if (conditions.ifMatch !== undefined) {
    if (!listsTag(conditions.ifMatch, validators.etag, false)) return 412;
  } else if (conditions.ifUnmodifiedSince !== undefined) {
    const since = parseHttpDate(conditions.ifUnmodifiedSince);
    if (since !== undefined && validators.lastModifiedMs > since) return 412;
  }
  if (conditions.ifNoneMatch !== undefined) {
    return listsTag(conditions.ifNoneMatch, validators.etag, true) ? 304 : undefined;
  }
  if (conditions.ifModifiedSince !== undefined) {
    const since = parseHttpDate(conditions.ifModifiedSince);
    if (since !== undefined && validators.lastModifiedMs <= since) return 304;
  }
  return undefined;
}

/** Whether a Range may be served: If-Range names exactly what we have (RFC 9110 §13.1.5, strong comparison). */
export function ifRangeHolds(ifRange: string | undefined, validators: Validators): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"')) return ifRange.trim() === validators.etag;
  if (ifRange.startsWith('W/')) return false;
  return parseHttpDate(ifRange) === validators.lastModifiedMs;
}

/** Whether a list of entity tags, or `*`, has this one. Weak tags equal strong ones only in the weak comparison. */
function listsTag(list: string, etag: string, weak: boolean): boolean {
  if (list === etag) return true;
  if (list.trim() === '*') return true;
  for (const match of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (match[2] === etag && (weak || match[1] === undefined)) return true;
  }
  return false;
}

const imfFixdate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/** RFC 9110 §5.6.7; the two obsolete forms are left to the language's own reader. */
function parseHttpDate(text: string): number | undefined {
  const trimmed = text.trim();
  if (!imfFixdate.test(trimmed) && !/^[A-Z][a-z]{2}/.test(trimmed)) return undefined;
  const ms = Date.parse(trimmed.endsWith('GMT') ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
