/**
 * `nearcast mrt print -m` beside the real bgpdump, byte by byte: recorded cases, random streams, packed files, and dumps that BIRD
 * wrote of its own sessions.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { linesOf } from '../../src/testing/mrt.ts';
import { randomMrt } from '../../src/testing/mrt-random.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { temporaryDirectory } from '../../src/testing/temporary.ts';

const bgpdump = programPath('bgpdump');
const unavailable = bgpdump === undefined ? 'bgpdump is missing: npm run test:setup' : undefined;
if (unavailable !== undefined) console.error(`SKIPPED, MRT beside bgpdump: ${unavailable}`);

function theirs(path: string): string[] {
  const { status, signal, stdout } = spawnSync(bgpdump as string, ['-m', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
    encoding: 'latin1',
  });
  assert.equal(status, 0, `bgpdump ended with ${status ?? signal}`);
  return stdout === '' ? [] : stdout.trimEnd().split('\n');
}

describe('MRT beside bgpdump', { skip: unavailable }, () => {
  test('the recorded cases are what it prints', (context) => {
    const directory = temporaryDirectory(context);
    const file = new URL('../conformance/mrt/bgpdump.jsonl', import.meta.url);
    for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
      const { name, hex, lines } = JSON.parse(line) as { name: string; hex: string; lines: string[] };
      const path = join(directory, 'case.mrt');
      writeFileSync(path, Buffer.from(hex, 'hex'));
      assert.deepEqual(theirs(path), lines, name);
    }
  });

  test('random streams', (context) => {
    const directory = temporaryDirectory(context);
    for (let seed = 1; seed <= 60; seed++) {
      const stream = randomMrt(seed, 150);
      const path = join(directory, 'random.mrt');
      writeFileSync(path, stream);
      const { lines, faults } = linesOf(stream);
      assert.deepEqual(faults, [], `seed ${seed}`);
      const expected = theirs(path);
      assert.ok(expected.length > 50, `seed ${seed}: there is something to compare`);
      for (const [index, line] of expected.entries()) assert.equal(lines[index], line, `seed ${seed}, line ${index}`);
      assert.equal(lines.length, expected.length, `seed ${seed}`);
    }
  });

  test('the command, on plain, gzip and bzip2 files and standard input', (context) => {
    const directory = temporaryDirectory(context);
    const path = join(directory, 'random.mrt');
    writeFileSync(path, randomMrt(4711, 2000));
    const expected = theirs(path);
    const nearcast = (input: string, args: string[]) =>
      spawnSync(process.execPath, ['src/cli/main.ts', 'mrt', 'print', '-m', ...args], {
        input: readFileSync(input),
        encoding: 'latin1',
        maxBuffer: 1 << 28,
      }).stdout.trimEnd();
    assert.equal(nearcast('/dev/null', [path]), expected.join('\n'));
    assert.equal(nearcast(path, ['-']), expected.join('\n'));
    for (const packer of ['gzip', 'bzip2']) {
      if (programPath(packer) === undefined) {
        console.error(`SKIPPED, MRT packed by ${packer}: it is missing`);
        continue;
      }
      execFileSync(packer, ['-k', path]);
      const packed = `${path}.${packer === 'gzip' ? 'gz' : 'bz2'}`;
      assert.equal(nearcast('/dev/null', [packed]), expected.join('\n'), packer);
      assert.equal(nearcast(packed, ['-']), expected.join('\n'), `${packer} on standard input`);
    }
  });
});
