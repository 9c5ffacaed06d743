/** Keys of TCP: the kernel's structures byte by byte, what is refused, and TCP-AO itself where the kernel has it. */
import assert from 'node:assert/strict';
import net from 'node:net';
import os from 'node:os';
import { test } from 'node:test';
import { ProblemError } from './problem.ts';
import { connectTcp, listenTcp } from './socket.ts';
import { checkKeys, type TcpAoKey, type TcpKeys, tcpAoAdd, tcpAoDelete, tcpMd5Signature } from './socket-keys.ts';

const little = os.endianness() === 'LE';
const target = { address: '192.0.2.1' };
const key: TcpAoKey = { sendId: 7, recvId: 9, key: 'secret' };

test('tcp_ao_add: each field where the kernel reads it', () => {
  const struct = tcpAoAdd(target, { ...key, algorithm: 'cmac(aes128)' }, true);
  assert.equal(struct.length, 288);
  assert.equal(struct.subarray(2, 8).toString('hex'), '0000c0000201'); // port 0, address
  assert.equal(struct.subarray(128, 192).toString('latin1').replace(/\0+$/, ''), 'cmac(aes128)');
  assert.equal(struct.subarray(192, 196).toString('hex'), '00000000'); // no interface
  assert.equal(struct.subarray(196, 202).toString('hex'), little ? '030000000000' : 'c00000000000'); // current and next
  assert.deepEqual([...struct.subarray(202, 208)], [32, 7, 9, 12, 0, 6]);
  assert.equal(struct.subarray(208).toString('latin1').replace(/\0+$/, ''), 'secret');
});

test('tcp_ao_add: a range, the default algorithm, and a key that is not to begin with', () => {
  const struct = tcpAoAdd({ address: '2001:db8::', prefixLength: 32 }, key, false);
  assert.equal(struct.subarray(8, 12).toString('hex'), '20010db8');
  assert.equal(struct.subarray(128, 138).toString('latin1'), 'hmac(sha1)');
  assert.equal(struct.readUInt32LE(196), 0);
  assert.equal(struct[202], 32);
  assert.equal(tcpAoAdd({ address: '2001:db8::1' }, key, false)[202], 128);
});

test('tcp_ao_del: each field where the kernel reads it', () => {
  const struct = tcpAoDelete(target, key);
  assert.equal(struct.length, 144);
  assert.deepEqual([...struct.subarray(138)], [32, 7, 9, 0, 0, 0]);
});

test('tcp_md5sig: flags and prefix length stand only in ranges', () => {
  assert.deepEqual([...tcpMd5Signature(target, 'abc').subarray(128, 132)], [0, 0, ...(little ? [3, 0] : [0, 3])]);
  const range = tcpMd5Signature({ address: '192.0.2.0', prefixLength: 24 }, 'abc');
  assert.deepEqual([...range.subarray(128, 130)], [1, 24]);
  assert.equal(range.subarray(136, 140).toString('latin1'), 'abc\0');
  assert.equal(range.length, 216);
});

test('keys that cannot be meant are told apart, and no Problem shows one', () => {
  const secret = 's'.repeat(81);
  const rows: readonly (readonly [TcpKeys, string, RegExp])[] = [
    [{ password: '' }, 'socket.password', /has 0 bytes/],
    [{ password: secret }, 'socket.password', /has 81 bytes/],
    [{ password: 'x', tcpAo: [key] }, 'socket.key-kinds', /MD5 password and TCP-AO/],
    [{ tcpAo: [] }, 'socket.tcp-ao-key', /no key/],
    [{ tcpAo: [{ ...key, key: secret }] }, 'socket.tcp-ao-key', /81 bytes/],
    [{ tcpAo: [{ ...key, sendId: -1 }] }, 'socket.tcp-ao-key', /key id is -1/],
    [{ tcpAo: [{ ...key, recvId: 1.5 }] }, 'socket.tcp-ao-key', /key id is 1.5/],
    [{ tcpAo: [{ ...key, algorithm: 'md5' as 'hmac(sha1)' }] }, 'socket.tcp-ao-key', /"md5"/],
    [{ tcpAo: [key, { ...key, recvId: 1 }] }, 'socket.tcp-ao-key', /same sendId/],
    [{ tcpAo: [key, { ...key, sendId: 1 }] }, 'socket.tcp-ao-key', /same recvId/],
  ];
  for (const [keys, code, what] of rows) {
    assert.throws(
      () => checkKeys(target, keys),
      (error: ProblemError) => {
        assert.equal(error.problems[0]?.code, code);
        assert.match(error.problems[0]?.what ?? '', what);
        assert.doesNotMatch(JSON.stringify(error.problems), /sss/);
        return true;
      },
    );
  }
  checkKeys(target, { tcpAo: [key, { ...key, sendId: 1, recvId: 2 }] });
});

/** Listens with keys for loopback; undefined where the kernel has no TCP-AO. */
async function aoListener(tcpAo: readonly TcpAoKey[]): Promise<net.Server | undefined> {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('hello'));
  try {
    await listenTcp(server, { host: '127.0.0.1', port: 0, keys: [{ address: '127.0.0.1', tcpAo }] });
    return server;
  } catch (error) {
    const [problem] = error instanceof ProblemError ? error.problems : [];
    if (problem?.code !== 'socket.tcp-ao') throw error;
    assert.match(problem.fix ?? '', /CONFIG_TCP_AO/);
    return undefined;
  }
}

test('TCP-AO between two ends, or a Problem that says what the kernel lacks', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const server = await aoListener([key, { ...key, sendId: 20, recvId: 21 }]);
  if (server === undefined) {
    t.diagnostic('this kernel has no TCP-AO: only the refusal was tested');
    return;
  }
  t.after(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  async function greeting(tcpAo: readonly TcpAoKey[]): Promise<string> {
    const socket = connectTcp({ host: '127.0.0.1', port, tcpAo });
    socket.setTimeout(500, () => socket.destroy(new Error('timeout')));
    let text = '';
    try {
      for await (const chunk of socket) text += String(chunk);
    } catch (error) {
      return (error as Error).message;
    }
    return text;
  }
  assert.equal(await greeting([{ sendId: 9, recvId: 7, key: 'secret' }]), 'hello');
  assert.equal(await greeting([{ sendId: 21, recvId: 20, key: 'secret' }]), 'hello', 'the second key serves, too');
  assert.equal(await greeting([{ sendId: 9, recvId: 7, key: 'other' }]), 'timeout');
});
