/** `nearcast bmp` as a process: a station that prints what routers tell, and a decoder of captured streams. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toHex } from '../../base/bytes.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { good, message, open, update } from '../../bgp/bmp/message/bmp.vectors.ts';
import { encodeBmp } from '../../bgp/bmp/message/codec.ts';
import { textTlv } from '../../bgp/bmp/message/tlv.ts';
import { waitFor } from '../../testing/wait.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const peer = '00 00 0000000000000000 000000000000000000000000c0000201 0000fbf4 0a000001 6955b900 00000000';
const stream = Buffer.concat([
  encodeBmp({ type: 'initiation', information: [textTlv(2, 'fra\u001b[31m'), textTlv(1, 'a test')] }),
  message(3, `${peer} ${'00'.repeat(12)} c0000202 00b3 9c40 ${open} ${open}`),
  message(0, `${peer} ${update}`),
  message(0, `00 40${peer.slice(5)} ${'ff'.repeat(16)} 0017 02 0000 0000`),
  message(1, `${peer} 00000001 0007 0008 0000000000000002`),
  message(99, ''),
  message(2, `${peer} 04`),
]);

function run(
  args: readonly string[],
  input: Uint8Array | string = '',
): { lines: readonly string[]; status: number | null; errors: string } {
  const ended = spawnSync(process.execPath, [main, 'bmp', ...args], { input });
  return {
    lines: ended.stdout.toString().split('\n').slice(0, -1),
    status: ended.status,
    errors: ended.stderr.toString(),
  };
}

const types = ['router-named', 'peer-up', 'routes', 'end-of-rib', 'statistics', 'fault', 'peer-down'];

test('decode: one line for each thing that a stream tells, as bytes or as hex', () => {
  const asBytes = run(['decode'], stream);
  assert.deepEqual([asBytes.status, asBytes.errors], [exitCode.ok, '']);
  const told = asBytes.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map(({ type }) => type),
    types,
  );
  assert.deepEqual([told[2]?.nlri, told[2]?.rib], [['198.51.100.0/24'], 'adj-rib-in-pre-policy']);
  const hex = (toHex(stream).match(/../g) as string[]).join(' ').replace(/(.{100})/g, '$1\r\n');
  assert.deepEqual(run(['decode', '--hex'], hex).lines, asBytes.lines);
});

test('decode: all kinds of messages, and a stream that cannot be followed', () => {
  const all = run(['decode'], Buffer.concat(good.filter(({ bytes }) => bytes[5] !== 5).map(({ bytes }) => bytes)));
  assert.equal(all.status, exitCode.ok, all.errors);
  assert.ok(all.lines.length >= good.length - 3);
  const broken = run(['decode'], Buffer.concat([good[0]?.bytes ?? stream, Buffer.from('GET / HTTP/1.1')]));
  assert.equal(broken.status, exitCode.invalidInput);
  assert.equal((JSON.parse(broken.lines.at(-1) ?? '{}') as { ends?: boolean }).ends, true);
  assert.equal(run(['decode']).status, exitCode.ok);
});

interface Listening {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  readonly port: number;
}

async function listening(t: { after(action: () => void): void }, ...flags: string[]): Promise<Listening> {
  const child = spawn(process.execPath, [main, 'bmp', 'listen', '--listen', '127.0.0.1:0', ...flags]);
  t.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(line));
  const ready = await waitFor('it to listen', () => lines.find((line) => line.includes('ready')));
  return { child, lines, port: Number(/:(\d+)"?\}?$/.exec(ready)?.[1]) };
}

for (const flags of [[], ['--json']]) {
  test(`listen ${flags.join()}: prints what comes, and stops in order`, async (t) => {
    const { child, lines, port } = await listening(t, ...flags);
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(stream);
    await waitFor('all of it', () => lines.length === 1 + 1 + types.length);
    if (flags.length > 0) {
      const said = lines.map((line) => (JSON.parse(line) as { type: string }).type);
      assert.deepEqual(said, ['ready', 'router-up', ...types]);
    } else {
      assert.match(lines[1] ?? '', /^127\.0\.0\.1:\d+ {2}connected from 127\.0\.0\.1:\d+$/);
      // What a stranger says cannot steer a terminal.
      assert.match(lines[2] ?? '', /is fra\?\[31m: a test$/);
      assert.deepEqual(lines.slice(3), [
        'fra?[31m  up    192.0.2.1 AS 64500',
        'fra?[31m  +     198.51.100.0/24 via 192.0.2.1 path 64500 igp [in pre 192.0.2.1]',
        'fra?[31m  =     all of ipv4-unicast [in post 192.0.2.1]',
        'fra?[31m  stats 192.0.2.1 AS 64500  adjRibInRoutes 2',
        'fra?[31m  fault 99 is not a message type that we know (type, byte 5; RFC 7854 §4.1)',
        'fra?[31m  down  192.0.2.1 AS 64500  the connection was lost, or the peer closed it without a word',
      ]);
    }
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [exitCode.ok, null]);
    assert.match(lines.at(-1) ?? '', /the station stopped/);
  });
}

test('listen: a wrong address, and one that is taken', async (t) => {
  for (const wrong of ['nowhere', '127.0.0.1', '127.0.0.1:70000', '::1:5']) {
    const { status, errors } = run(['listen', '--listen', wrong]);
    assert.equal(status, exitCode.usage, wrong);
    assert.match(errors, /code: {2}bmp\.endpoint/);
  }
  const { port } = await listening(t);
  const { status, errors } = run(['listen', '--listen', `127.0.0.1:${port}`]);
  assert.notEqual(status, exitCode.ok);
  assert.match(errors, /fix:/);
});
