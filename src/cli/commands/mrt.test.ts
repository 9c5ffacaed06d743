/** `nearcast mrt print` as a process: packed files, standard input, damage on standard error, exit codes, an output that ends early. */
import assert from 'node:assert/strict';
import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { exitCode } from '../../base/exit-codes.ts';
import { linesOf } from '../../testing/mrt.ts';
import { randomMrt } from '../../testing/mrt-random.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const stream = randomMrt(1, 400);
const { lines } = linesOf(stream);

function run(args: readonly string[], input?: Uint8Array) {
  const options = { encoding: 'latin1', maxBuffer: 1 << 28, ...(input && { input }) } as const;
  return spawnSync(process.execPath, [main, 'mrt', 'print', ...args], options);
}

test('plain, gzip, several gzip members, standard input: the same lines, in order', (context) => {
  const directory = temporaryDirectory(context);
  const path = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  const members = Buffer.concat([gzipSync(stream.subarray(0, 1000)), gzipSync(stream.subarray(1000))]);
  const files = [path('a', stream), path('b.gz', gzipSync(stream)), path('c', members), '-'];
  const { stdout, status } = run(['-m', ...files], gzipSync(stream));
  assert.equal(status, exitCode.ok);
  assert.deepEqual(stdout.trimEnd().split('\n'), [...lines, ...lines, ...lines, ...lines]);
});

test('a gzip file that is cut off: all that could be unpacked, a warning, 3', (context) => {
  const file = join(temporaryDirectory(context), 'cut.gz');
  const packed = gzipSync(stream);
  writeFileSync(file, packed.subarray(0, packed.length - 2000));
  const { stdout, stderr, status } = run(['-m', file]);
  assert.equal(status, exitCode.invalidInput);
  const printed = stdout.trimEnd().split('\n');
  assert.ok(printed.length > lines.length / 3, `${printed.length} of ${lines.length} lines`);
  assert.deepEqual(printed, lines.slice(0, printed.length));
  assert.match(stderr, /cut\.gz: gzip: unexpected end of file; what could be unpacked was read/);
});

test('damage is told with file and offset, the rest printed, and the end is 3', (context) => {
  const file = join(temporaryDirectory(context), 'damaged.mrt');
  writeFileSync(file, Buffer.concat([stream, Buffer.from('not a record'), stream]));
  const { stdout, stderr, status } = run(['-m', file]);
  assert.equal(status, exitCode.invalidInput);
  assert.deepEqual(stdout.trimEnd().split('\n'), [...lines, ...lines]);
  assert.ok(stderr.includes(`${file}: byte ${stream.length}: no record begins here`), stderr);
});

test('what is no MRT at all does not fill the terminal', () => {
  const { stderr, status } = run(['-'], Buffer.alloc(500_000, 'no MRT '));
  assert.equal(status, exitCode.invalidInput);
  assert.ok(stderr.split('\n').length < 30);
});

test('a file that is not there is a problem, and keeps nobody from reading the next', () => {
  const { stdout, stderr, status } = run(['-m', '/nonexistent/rib.mrt', '-'], stream);
  assert.equal(status, exitCode.invalidInput);
  assert.deepEqual(stdout.trimEnd().split('\n'), lines);
  assert.match(stderr, /error: ENOENT.*\n {2}where: \/nonexistent\/rib\.mrt\n/);
  assert.match(stderr, /code: {2}file\.unreadable/);
});

test('--json, filters, and wrong ones', () => {
  const { stdout } = run(['--json', '--within', '0.0.0.0/0', '-'], stream);
  const objects = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { prefix: string });
  assert.ok(objects.length > 100);
  assert.ok(objects.every(({ prefix }) => !prefix.includes(':')));
  for (const [option, value] of [
    ['--prefix', '10.0.0.1/8'],
    ['--origin', 'x'],
    ['--peer', '10.0.0'],
  ] as const) {
    assert.equal(run([option, value, '-'], stream).status, exitCode.usage, option);
  }
});

test('an output that takes no more is told', { skip: !existsSync('/dev/full') && 'there is no /dev/full' }, () => {
  const full = openSync('/dev/full', 'w');
  const stdio: StdioOptions = ['pipe', full, 'pipe'];
  const { stderr, status } = spawnSync(process.execPath, [main, 'mrt', 'print', '-'], { input: stream, stdio });
  closeSync(full);
  assert.equal(status, exitCode.failure);
  assert.match(String(stderr), /error: ENOSPC/);
});

test('an output that ends early ends the reading, without an error', async () => {
  const child = spawn(process.execPath, [main, 'mrt', 'print', '-m', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined); // it stops reading
  const exited = once(child, 'exit');
  child.stdout.once('data', () => child.stdout.destroy());
  const many = Buffer.concat(new Array<Uint8Array>(100).fill(stream));
  child.stdin.end(many);
  const [code] = (await exited) as [number | null];
  assert.equal(code, exitCode.ok, stderr);
  assert.doesNotMatch(stderr, /Error/);
});
