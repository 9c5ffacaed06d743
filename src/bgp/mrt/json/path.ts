/** AS paths of a route as values, AS4_PATH joined in (RFC 6793 §4.2.3). */
import type { AttributeFields } from '../decode/fields.ts';
import { u16, u32 } from '../decode/framer.ts';

export interface JsonSegment {
  readonly kind: 'sequence' | 'set' | 'confederation-sequence' | 'confederation-set';
  readonly asns: readonly number[];
}

const kinds = { 1: 'set', 2: 'sequence', 3: 'confederation-sequence', 4: 'confederation-set' } as const;

/** The whole path; `undefined` where there is none. */
export function pathOf(bytes: Uint8Array, fields: AttributeFields): readonly JsonSegment[] | undefined {
  if (fields.asPathAt < 0) return undefined;
  const path = segments(bytes, fields.asPathAt, fields.asPathEnd, fields.asnBytes);
  if (fields.as4PathAt < 0 || fields.as4IsStale(bytes)) return path;
  let missing = fields.as4Missing(bytes);
  const front: JsonSegment[] = [];
  for (const { kind, asns } of path) {
    if (missing <= 0) break;
    const taken = isSet(kind) ? asns : asns.slice(0, missing);
    front.push({ kind, asns: taken });
    missing -= isSet(kind) ? 1 : taken.length;
  }
  const back = segments(bytes, fields.as4PathAt, fields.as4PathEnd, 4);
  const [last, first] = [front.at(-1), back[0]];
  if (last?.kind !== 'sequence' || first?.kind !== 'sequence') return [...front, ...back];
  return [...front.slice(0, -1), { kind: 'sequence', asns: [...last.asns, ...first.asns] }, ...back.slice(1)];
}

function isSet(kind: JsonSegment['kind']): boolean {
  return kind === 'set' || kind === 'confederation-set';
}

function segments(bytes: Uint8Array, from: number, end: number, asnBytes: 2 | 4): JsonSegment[] {
  const found: JsonSegment[] = [];
  for (let at = from; at < end; ) {
    const kind = kinds[bytes[at] as 1 | 2 | 3 | 4];
    const asns: number[] = [];
    const last = at + 2 + (bytes[at + 1] as number) * asnBytes;
    for (at += 2; at < last; at += asnBytes) asns.push(asnBytes === 4 ? u32(bytes, at) : u16(bytes, at));
    found.push({ kind, asns });
  }
  return found;
}
