/** The socket filter, run here by a small machine of its own over packets made by hand; `bfd.test.ts` runs it in the kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterInstruction } from '../../base/datagram-socket.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { filterProgram, maximumPeers } from './filter.ts';

const address = (text: string): Address => parseAddress(text) ?? assert.fail(text);

/** An IP header with this source and TTL; the rest is noise. */
function header(source: string, ttl: number): Uint8Array {
  const { family, bytes } = address(source);
  const packet = new Uint8Array(family === 4 ? 20 : 40).fill(0xee);
  packet[family === 4 ? 8 : 7] = ttl;
  packet.set(bytes, family === 4 ? 12 : 8);
  return packet;
}

/** What the kernel would do; it, too, drops where a load is beyond the packet. */
function accepts(program: readonly FilterInstruction[], packet: Uint8Array): boolean {
  const view = new DataView(packet.buffer);
  let accumulator = 0;
  for (let at = 0; ; ) {
    const { code, k, jumpTrue = 0, jumpFalse = 0 } = program[at] ?? assert.fail('ran out of the program');
    at++;
    if (code === 0x06) return k > 0;
    const offset = (k + 0x10_0000) >>> 0;
    if (code === 0x20 || code === 0x30) {
      if (offset + (code === 0x20 ? 4 : 1) > packet.length) return false;
      accumulator = code === 0x20 ? view.getUint32(offset) : view.getUint8(offset);
    } else if (code === 0x15) at += accumulator === k ? jumpTrue : jumpFalse;
    else if (code === 0x35) at += accumulator >= k ? jumpTrue : jumpFalse;
    else assert.fail(`unknown instruction ${code}`);
  }
}

for (const [family, sources] of [
  [4, ['192.0.2.1', '198.51.100.200', '192.0.2.2']],
  [6, ['2001:db8::1', '2001:db8:3::1', 'fe80::ffff:1']],
] as const) {
  test(`IPv${family}: each peer has its own least TTL, strangers get nowhere`, () => {
    const [one, two, stranger] = sources;
    const program = filterProgram([
      { source: address(one), minimumTtl: 255 },
      { source: address(two), minimumTtl: 254 },
    ]);
    const verdicts = sources.map((source) => [253, 254, 255].map((ttl) => accepts(program, header(source, ttl))));
    assert.deepEqual(verdicts, [
      [false, false, true],
      [false, true, true],
      [false, false, false],
    ]);
    for (let byte = 0; byte < address(one).bytes.length; byte++) {
      const near = header(one, 255);
      const at = (family === 4 ? 12 : 8) + byte;
      near[at] = (near[at] as number) ^ 1;
      assert.equal(accepts(program, near), false, `byte ${byte} of ${stranger} counts`);
    }
  });
}

test('no peers: nothing comes in; the most peers: still a program that the kernel takes', () => {
  assert.equal(accepts(filterProgram([]), header('192.0.2.1', 255)), false);
  const peers = new Array(maximumPeers).fill({ source: address('2001:db8::1'), minimumTtl: 1 });
  assert.ok(filterProgram(peers).length <= 4096);
});
