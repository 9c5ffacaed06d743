/**
 * AS_PATH and AS4_PATH joined as `bgpdump -m` joins them (RFC 6793 §4.2.3), its mistake included.
 *
 * Why the mistake: the lines are for scripts that switch over, to the byte. Where the ASes that AS4_PATH lacks reach beyond the
 * first segment of AS_PATH, `bgpdump` takes the first segment again instead of the next. `--json` joins them rightly.
 */
import type { AttributeFields } from '../decode/fields.ts';

/** Of bytes: more than any line shows (`address-text.ts`). */
const enough = 40_000;

function isSet(kind: number): boolean {
  return kind === 1 || kind === 4;
}

/** The joined path with AS numbers of 4 octets; `undefined` where AS_PATH stands as it is. */
export function mergedPath(bytes: Uint8Array, fields: AttributeFields): Uint8Array | undefined {
  const { asPathAt, asPathEnd, as4PathAt, as4PathEnd } = fields;
  if (as4PathAt < 0 || asPathAt < 0 || fields.as4IsStale(bytes)) return undefined;
  const missing = fields.as4Missing(bytes);
  const merged: number[] = [];
  const kind = bytes[asPathAt] as number;
  const length = asPathEnd > asPathAt ? (bytes[asPathAt + 1] as number) : 0;
  for (let taken = 0; taken < missing && length > 0 && merged.length < enough; ) {
    const count = isSet(kind) ? length : Math.min(length, missing - taken);
    merged.push(kind, count);
    for (let index = 0; index < count; index++) {
      const at = asPathAt + 2 + 2 * index;
      merged.push(0, 0, bytes[at] as number, bytes[at + 1] as number);
    }
    taken += isSet(kind) ? 1 : count;
  }
  return Uint8Array.from([...merged, ...bytes.subarray(as4PathAt, as4PathEnd)]);
}
