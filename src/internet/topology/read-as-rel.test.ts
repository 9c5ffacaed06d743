import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AsRelReader } from './read-as-rel.ts';

function read(text: string, ...cuts: number[]) {
  const bytes = new TextEncoder().encode(text);
  const reader = new AsRelReader('as-rel.txt');
  let start = 0;
  for (const cut of [...cuts.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b), bytes.length]) {
    reader.push(bytes.subarray(start, cut));
    start = cut;
  }
  const { links, problems, badLines } = reader.end();
  const { first, second, kind } = links.columns();
  return { links: [...first].map((a, i) => [a, second[i], kind[i]]), problems, badLines };
}

const sample = '# source:topology|BGP\n1|11537|0|bgp\r\n3356|64500|-1|bgp\n\n4200000000|2|-1\n7|8|0';

test('serial-1 and serial-2 lines, comments, empty lines and both line ends', () => {
  const { links, problems } = read(sample);
  assert.deepEqual(links, [
    [1, 11537, 0],
    [3356, 64500, -1],
    [4200000000, 2, -1],
    [7, 8, 0],
  ]);
  assert.deepEqual(problems, []);
});

test('every cut of the stream reads the same', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(sample.length), { maxLength: 6 }), (cuts) => {
      assert.deepEqual(read(sample, ...cuts), read(sample));
    }),
  );
});

test('what is no link is named with its line, and the rest is read', () => {
  for (const bad of [
    '1|2',
    '1|2|',
    '1|2|3|bgp',
    'x|2|-1',
    '1|2|-1x',
    '|2|0',
    '1|1|0',
    '0|5|-1',
    '4294967296|1|0',
    '<html>',
  ]) {
    const { links, problems, badLines } = read(`5|6|0\n${bad}\n6|7|-1\n`);
    assert.equal(badLines, 1, bad);
    assert.equal(problems[0]?.where, 'as-rel.txt:2', bad);
    assert.equal(links.length, 2, bad);
  }
});

test('many bad lines are counted and the first ten shown; a file without lines does not fill the memory', () => {
  const { problems, badLines } = read('junk\n'.repeat(1000));
  assert.deepEqual([problems.length, badLines], [10, 1000]);
  const reader = new AsRelReader('disk.img');
  for (let i = 0; i < 1000; i++) reader.push(new Uint8Array(4096).fill(65));
  assert.ok(reader.end().badLines > 100);
});
