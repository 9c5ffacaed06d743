/** One file out of an archive, however its bytes come, and whatever is wrong with them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packTar } from '../../testing/tar.ts';
import { fileOfTar, TarError } from './tar.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, name: string, size = 1000): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of fileOfTar(inPieces(bytes, size), name)) parts.push(piece.slice());
  return Buffer.concat(parts).toString();
}

const files = { 'package/README.md': 'x'.repeat(513), 'package/empty': '', 'package/a.csv': '1,2\n'.repeat(400) };

test('a file is found behind others, in pieces of any size', async () => {
  const archive = packTar(files);
  for (const size of [1, 511, 512, 513, 100_000]) {
    assert.equal(await read(archive, 'package/a.csv', size), files['package/a.csv']);
    assert.equal(await read(archive, 'package/empty', size), '');
  }
  const name = `package/${'deep/'.repeat(40)}a.csv`;
  assert.equal(await read(packTar({ ...files, [name]: 'long' }, { longNames: true }), name), 'long');
});

test('no file, half an archive, and a header that is none', async () => {
  const archive = packTar(files);
  await assert.rejects(read(archive, 'package/b.csv'), /no file package\/b\.csv/);
  await assert.rejects(read(archive.subarray(0, 3000), 'package/a.csv'), /breaks off/);
  const damaged = Buffer.from(archive);
  damaged[3] = 0x7a;
  await assert.rejects(read(damaged, 'package/a.csv'), /checksum/);
  await assert.rejects(read(Buffer.from('<html>'.repeat(200)), 'package/a.csv'), TarError);
});

test('bytes that are no archive end in an error of ours, never another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2000 }),
      fc.nat(1500),
      fc.integer({ min: 1, max: 600 }),
      async (noise, at, size) => {
        const bytes = Buffer.from(packTar(files));
        bytes.set(noise.subarray(0, bytes.length - at), at);
        await read(bytes, 'package/a.csv', size).catch((error: unknown) =>
          assert(error instanceof TarError, String(error)),
        );
      },
    ),
    { numRuns: 200 },
  );
});
