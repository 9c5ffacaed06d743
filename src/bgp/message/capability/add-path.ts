/**
 * ADD-PATH: for each family, whether the speaker sends, receives, or does both with several paths a prefix, told apart by a number.
 *
 * Layout (RFC 7911 §4): [AFI u16][SAFI u8][direction u8] …
 * A direction that is none makes the whole capability one that is not understood, and so kept as bytes (RFC 7911 §4).
 */
import { assert } from '../../../base/assert.ts';
import type { AddPathFamily } from '../types.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { readFamily, writeFamily } from './family-list.ts';

const directions: Readonly<Record<number, AddPathFamily['direction']>> = { 1: 'receive', 2: 'send', 3: 'both' };
const numbers: Readonly<Record<AddPathFamily['direction'], number>> = { receive: 1, send: 2, both: 3 };

export const addPath: CapabilityDescriptor<'add-path'> = {
  code: 69,
  kind: 'add-path',
  name: 'ADD-PATH',
  length: { fixed: 0, each: 4 },
  rfc: 'RFC 7911 §4',
  decode(reader) {
    const families: AddPathFamily[] = [];
    while (reader.left > 0) {
      const family = readFamily(reader);
      const direction = directions[reader.u8('send/receive')];
      if (direction === undefined) return undefined;
      if (family !== undefined) families.push({ family: family.name, direction });
    }
    return { kind: 'add-path', families };
  },
  encode({ families }, writer) {
    for (const { family, direction } of families) {
      const number = numbers[direction];
      assert(number !== undefined, `${direction} is not a direction of ADD-PATH`);
      writeFamily(family, writer).u8(number);
    }
  },
};
