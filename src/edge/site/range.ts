/** Byte ranges (RFC 9110 §14): which parts of a file a client asks for. */

export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** More parts than this, or parts that overlap, are a way to make a server work (§17.15): the whole file is sent. */
const mostRanges = 16;

/**
 * The ranges asked for, in the order asked; `'unsatisfiable'` where none lies within the file (→ 416); `undefined` where
 * the header is to be ignored, and the whole file sent.
 */
export function parseRanges(header: string, size: number): readonly ByteRange[] | 'unsatisfiable' | undefined {
  const set = /^bytes=(.+)$/i.exec(header.trim())?.[1];
  if (set === undefined) return undefined;
  const specs = set.split(',').map((spec) => spec.trim());
  if (specs.length > mostRanges) return undefined;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    if (spec === '') continue;
    const match = /^(\d{0,15})-(\d{0,15})$/.exec(spec);
    if (match === null || (match[1] === '' && match[2] === '')) return undefined;
    const range = resolve(match[1] as string, match[2] as string, size);
    if (range === 'invalid') return undefined;
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0) return 'unsatisfiable';
  const sorted = [...ranges].sort((a, b) => a.first - b.first);
  if (sorted.some((range, i) => i > 0 && range.first <= (sorted[i - 1] as ByteRange).last)) return undefined;
  return ranges;
}

function resolve(first: string, last: string, size: number): ByteRange | 'invalid' | undefined {
  if (first === '') {
    const suffix = Number(last);
    return suffix === 0 || size === 0 ? undefined : { first: Math.max(0, size - suffix), last: size - 1 };
  }
  const from = Number(first);
  const to = last === '' ? size - 1 : Number(last);
  if (last !== '' && to < from) return 'invalid'; // §14.1.1
  return from >= size ? undefined : { first: from, last: Math.min(to, size - 1) };
}
