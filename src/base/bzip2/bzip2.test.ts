/** Unpacking bzip2: a file made by hand, the program's own files of many shapes, and damage. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { programPath } from '../../testing/namespaces.ts';
import { seededRandom } from '../random.ts';
import { Bzip2Decoder } from './decoder.ts';

function unpack(packed: Uint8Array, chunkBytes = packed.length): { bytes: Buffer; fault: string | undefined } {
  const parts: Uint8Array[] = [];
  const decoder = new Bzip2Decoder((bytes) => parts.push(bytes));
  let fault: string | undefined;
  for (let at = 0; at < packed.length && fault === undefined; at += chunkBytes) {
    fault = decoder.push(packed.subarray(at, at + chunkBytes));
  }
  fault ??= decoder.end();
  return { bytes: Buffer.concat(parts), fault };
}

/** `printf 'hello hello hello\n' | bzip2 -9` */
const hello = Buffer.from('QlpoOTFBWSZTWeW18wkAAARRAAAQQAACRKAAIbUYDAKQacKjC7kinChIctr5hIA=', 'base64');

test('a small file, in chunks of any size', () => {
  for (let chunkBytes = 1; chunkBytes <= hello.length; chunkBytes++) {
    assert.deepEqual(unpack(hello, chunkBytes), { bytes: Buffer.from('hello hello hello\n'), fault: undefined });
  }
});

test('one file behind the other; what follows them is left alone, as bzip2 does', () => {
  const twice = Buffer.concat([hello, hello]);
  assert.equal(unpack(twice).bytes.toString(), 'hello hello hello\n'.repeat(2));
  assert.deepEqual(unpack(Buffer.concat([hello, Buffer.from('junk')])).fault, undefined);
});

test('damage is told, and never an exception', () => {
  assert.match(unpack(Buffer.from('BZx9')).fault ?? '', /no header/);
  for (let length = 1; length < hello.length; length++) {
    assert.match(unpack(hello.subarray(0, length)).fault ?? '', /ends too early/, `cut to ${length}`);
  }
  let told = 0;
  for (let bit = 0; bit < hello.length * 8; bit++) {
    const damaged = Buffer.from(hello);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    if (unpack(damaged).fault !== undefined) told++;
  }
  // Bits behind the end, the block size, and codes of symbols that do not occur.
  assert.ok(told > hello.length * 8 * 0.8, `${told} of ${hello.length * 8} flips were told`);
});

const bzip2 = programPath('bzip2');
if (bzip2 === undefined) console.error('SKIPPED, files of the bzip2 program: it is missing: npm run test:setup');

describe('files of the bzip2 program', {
  skip: bzip2 === undefined ? 'bzip2 is missing: npm run test:setup' : false,
}, () => {
  const random = seededRandom(1);
  const noise = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.below(256)));
  const shapes: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from('a'),
    'runs of every length': Buffer.concat(
      Array.from({ length: 600 }, (_, length) => Buffer.alloc(length, 97 + (length % 3))),
    ),
    'a long run': Buffer.alloc(3_000_000, 7),
    noise,
    'few symbols': Buffer.from(noise.map((byte) => byte & 3)),
    text: Buffer.from(Array.from({ length: 20_000 }, (_, index) => `route ${index % 97} via ${index % 13}\n`).join('')),
  };
  for (const [name, plain] of Object.entries(shapes)) {
    for (const level of ['-1', '-9']) {
      test(`${name}, ${level}`, () => {
        const packed = spawnSync(bzip2 as string, [level, '-c'], { input: plain, maxBuffer: 1 << 26 }).stdout;
        const { bytes, fault } = unpack(packed, 10_000);
        assert.equal(fault, undefined);
        assert.ok(bytes.equals(plain));
      });
    }
  }

  test('mutations of a file: never an exception, never more than blocks can hold', () => {
    const packed = spawnSync(bzip2 as string, ['-1', '-c'], { input: shapes.text?.subarray(0, 5000) as Buffer }).stdout;
    for (let round = 0; round < 2000; round++) {
      const damaged = Buffer.from(packed);
      for (let count = 1 + random.below(4); count > 0; count--)
        damaged[random.below(packed.length)] = random.below(256);
      unpack(damaged);
    }
  });
});
