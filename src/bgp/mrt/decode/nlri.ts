/**
 * Prefix lists as they stand in NLRI fields, walked in place.
 *
 * Layout (RFC 4271 §4.3, RFC 7911 §3): [path identifier u32, with add-path][bits u8][⌈bits / 8⌉ bytes] …
 * Why checked first: a list that is cut short makes its whole record damaged, and nothing of that is printed.
 */

export interface NlriShape {
  readonly family: 4 | 6;
  readonly addPath: boolean;
}

/** What is wrong with the list in `[at, end)`; `undefined` where nothing is. */
export function checkNlri(bytes: Uint8Array, range: { at: number; end: number }, shape: NlriShape): string | undefined {
  const most = shape.family === 4 ? 32 : 128;
  const { end } = range;
  let { at } = range;
  while (at < end) {
    if (shape.addPath) at += 4;
    if (at >= end) return 'a prefix list is cut short';
    const bits = bytes[at] as number;
    if (bits > most) return `a prefix of ${bits} bits, the family has ${most}`;
    at += 1 + ((bits + 7) >> 3);
  }
  return at === end ? undefined : 'a prefix list is cut short';
}
