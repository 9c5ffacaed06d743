/** Changes bytes at random: 1 to 4 places, each a byte set, a bit turned, or bytes cut out, doubled, put in or taken over. */
import type { Random } from '../../src/base/random.ts';

/** `other` lends pieces of its own. */
export function mutate(original: Uint8Array, random: Random, other: Uint8Array = original): Uint8Array {
  let bytes = original.slice();
  for (let round = random.below(4); round >= 0; round--) {
    if (bytes.length === 0) return Uint8Array.of(random.below(256));
    const at = random.below(bytes.length);
    const count = 1 + random.below(8);
    switch (random.below(8)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 2: // the values at which lengths and counts turn over
        bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][random.below(6)] as number;
        break;
      case 3:
        bytes = splice(bytes, at, count, new Uint8Array(0));
        break;
      case 4:
        bytes = splice(bytes, at, 0, bytes.slice(at, at + count));
        break;
      case 5: {
        // A piece of another input, in the place of as many bytes or between them.
        const from = random.below(Math.max(1, other.length));
        const piece = other.slice(from, from + 1 + random.below(24));
        bytes = splice(bytes, at, random.below(2) * piece.length, piece);
        break;
      }
      case 6: {
        // A number of two bytes that is off by a little, as lengths and counts are.
        const value = (((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0)) + random.below(9) - 4;
        bytes = splice(bytes, at, 2, Uint8Array.of(value >> 8, value));
        break;
      }
      default:
        bytes = splice(
          bytes,
          at,
          0,
          Uint8Array.from({ length: count }, () => random.below(256)),
        );
    }
  }
  return bytes;
}

function splice(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array<ArrayBuffer> {
  const behind = bytes.subarray(at + removed);
  const result = new Uint8Array(at + inserted.length + behind.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(behind, at + inserted.length);
  return result;
}
