import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { waitFor } from '../testing/wait.ts';
import { ProblemError } from './problem.ts';
import { sockaddr } from './sockaddr.ts';
import {
  type ConnectOptions,
  connectTcp,
  listenTcp,
  removeListenerKeys,
  setConnectionTtl,
  setListenerKeys,
  tryKeys,
} from './socket.ts';

const linuxOnly = process.platform === 'linux' ? {} : { skip: 'TCP MD5 and TTL limits need Linux' };

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/** The descriptors of this process that are sockets. */
function socketDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // the one that read the folder
    }
  }).length;
}

/** How many packets the kernel has dropped for a TTL below a socket's limit. */
function droppedForTtl(): number {
  const [names = [], values = []] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('TCPMinTTLDrop')]);
}

async function listener(t: { after(action: () => void): void }, options: Parameters<typeof listenTcp>[1]) {
  const server = net.createServer((socket) => socket.on('error', () => {}).end('hello'));
  t.after(() => void server.close());
  await listenTcp(server, options);
  return server;
}

/** What the server says, or why it was not reached within half a second. */
async function greeting(options: ConnectOptions): Promise<string> {
  const socket = connectTcp(options);
  socket.setTimeout(500, () => socket.destroy(new Error('timeout')));
  try {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  } catch (error) {
    return (error as Error).message;
  }
}

for (const host of ['127.0.0.1', '::1']) {
  test(`TCP MD5 on ${host}: only the right password connects`, linuxOnly, async (t) => {
    const server = await listener(t, { host, port: 0, keys: [{ address: host, password: 'right' }] });
    const port = portOf(server);
    assert.equal(await greeting({ host, port, password: 'right' }), 'hello');
    assert.equal(await greeting({ host, port, password: 'wrong' }), 'timeout');
    assert.equal(await greeting({ host, port }), 'timeout');
    setListenerKeys(server, { address: host, password: 'other' });
    assert.equal(await greeting({ host, port, password: 'right' }), 'timeout');
    assert.equal(await greeting({ host, port, password: 'other' }), 'hello');
    removeListenerKeys(server, { address: host, password: 'other' });
    assert.equal(await greeting({ host, port }), 'hello');
    removeListenerKeys(server, { address: host, password: 'other' }); // a key that is not there is taken away without a fault
  });

  test(`TCP MD5 on ${host}: one password for a range`, linuxOnly, async (t) => {
    const range = host === '::1' ? { address: '::', prefixLength: 120 } : { address: '127.0.0.0', prefixLength: 28 };
    const server = await listener(t, { host, port: 0, keys: [{ ...range, password: 'right' }] });
    const port = portOf(server);
    assert.equal(await greeting({ host, port, password: 'right' }), 'hello');
    assert.equal(await greeting({ host, port, password: 'wrong' }), 'timeout');
    assert.equal(await greeting({ host, port }), 'timeout');
    if (host !== '::1') assert.equal(await greeting({ host, port, localAddress: '127.0.0.99' }), 'hello', 'outside');
    setListenerKeys(server, { address: host, password: 'of its own' });
    assert.equal(await greeting({ host, port, password: 'of its own' }), 'hello', 'the longest prefix decides');
    removeListenerKeys(server, { address: host, password: 'of its own' });
    removeListenerKeys(server, { ...range, password: 'right' });
    assert.equal(await greeting({ host, port }), 'hello');
  });

  test(`a listener on ${host} that asks a higher TTL than we send does not hear us`, linuxOnly, async (t) => {
    const server = await listener(t, { host, port: 0, minimumTtl: 255 });
    const port = portOf(server);
    assert.equal(await greeting({ host, port, ttl: 254 }), 'timeout');
    assert.equal(await greeting({ host, port, ttl: 255 }), 'hello');
  });
}

test('TTL limits of an accepted connection are those of its peer', linuxOnly, async (t) => {
  const server = net.createServer();
  t.after(() => void server.close());
  await listenTcp(server, { host: '127.0.0.1', port: 0 });
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const client = connectTcp({ host: '127.0.0.1', port: portOf(server), ttl: 64 });
  t.after(() => client.destroy());
  const [socket] = await accepted;
  t.after(() => socket.destroy());
  let heard = '';
  socket.on('data', (data) => {
    heard += String(data);
  });
  client.write('before');
  await waitFor('what was sent before the limit', () => heard === 'before');
  setConnectionTtl(socket, { minimumTtl: 255 });
  const dropped = droppedForTtl();
  client.write('after');
  await waitFor('the kernel to drop a packet for its TTL', () => droppedForTtl() > dropped);
  assert.equal(heard, 'before');
});

test('a local address is used', linuxOnly, async (t) => {
  const server = net.createServer((socket) => socket.end(socket.remoteAddress ?? ''));
  t.after(() => void server.close());
  await listenTcp(server, { host: '127.0.0.1', port: 0 });
  const port = portOf(server);
  assert.equal(await greeting({ host: '127.0.0.1', port, localAddress: '127.0.0.9' }), '127.0.0.9');
  assert.equal(await greeting({ host: '127.0.0.1', port, localAddress: '127.0.0.8', ttl: 1 }), '127.0.0.8');
});

function problemCode(error: unknown): string | undefined {
  return error instanceof ProblemError ? error.problems[0]?.code : undefined;
}

test('what cannot be done is a Problem, and leaves no descriptor', linuxOnly, async (t) => {
  const taken = portOf(await listener(t, { host: '127.0.0.1', port: 0 }));
  const before = socketDescriptors();
  const long = 'x'.repeat(81);
  const attempts: [string, () => unknown][] = [
    ['socket.address', () => connectTcp({ host: 'localhost', port: 1 })],
    ['socket.address', () => connectTcp({ host: '127.0.0.1', port: 1, localAddress: 'here' })],
    ['socket.password', () => connectTcp({ host: '127.0.0.1', port: 1, password: long })],
    ['socket.password', () => connectTcp({ host: '::1', port: 1, password: '' })],
    ['socket.key-kinds', () => connectTcp({ host: '::1', port: 1, password: 'x', tcpAo: [] })],
    ['socket.tcp-ao-key', () => connectTcp({ host: '::1', port: 1, tcpAo: [] })],
    ['socket.tcp-ao-key', () => tryKeys({ address: '::1' }, { tcpAo: [{ sendId: 256, recvId: 1, key: 'x' }] })],
    ['socket.option', () => connectTcp({ host: '127.0.0.1', port: 1, ttl: 0 })],
    ['socket.option', () => connectTcp({ host: '127.0.0.1', port: 1, minimumTtl: 256 })],
    ['socket.in-use', () => listenTcp(net.createServer(), { host: '127.0.0.1', port: taken })],
    ['socket.in-use', () => listenTcp(net.createServer(), { host: '127.0.0.1', port: taken, ttl: 1 })],
    ['socket.not-local', () => listenTcp(net.createServer(), { host: '192.0.2.1', port: 0 })],
    ['socket.not-local', () => listenTcp(net.createServer(), { host: '192.0.2.1', port: 0, ttl: 1 })],
  ];
  for (const [code, attempt] of attempts) {
    const found = await Promise.resolve()
      .then(attempt)
      .then(() => 'no problem', problemCode);
    assert.equal(found, code);
  }
  // Not a Problem: no setting gets here unchecked. But it must not leak either.
  assert.throws(() => connectTcp({ host: '127.0.0.1', port: 70_000, ttl: 1 }), RangeError);
  await waitFor('the descriptors to be closed', () => socketDescriptors() === before);
});

test('a password does not stand in the Problem about it', linuxOnly, () => {
  const password = 'p'.repeat(100);
  assert.throws(
    () => connectTcp({ host: '127.0.0.1', port: 1, password }),
    (error: ProblemError) => !JSON.stringify(error.problems).includes('ppp'),
  );
});

/** How many files of koffi a process has loaded that listens and connects with these options. */
function koffiFilesLoaded(options: object): number {
  const script = `
    const net = require('node:net');
    import(${JSON.stringify(new URL('./socket.ts', import.meta.url).href)}).then(async ({ connectTcp, listenTcp }) => {
      const server = net.createServer((socket) => socket.end());
      await listenTcp(server, { host: '127.0.0.1', port: 0 });
      connectTcp({ ...${JSON.stringify(options)}, host: '127.0.0.1', port: server.address().port }).resume().on('close', () => {
        server.close();
        console.log(Object.keys(require.cache).filter((path) => path.includes('koffi')).length);
      });
    });`;
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

test('koffi is loaded only where an option is wanted', linuxOnly, () => {
  assert.equal(koffiFilesLoaded({}), 0);
  assert.notEqual(koffiFilesLoaded({ ttl: 1 }), 0);
});

test('IPv6 addresses are laid out as the kernel wants them', () => {
  assert.equal(
    sockaddr({ host: '2001:db8::1:2', port: 179 }).subarray(2).toString('hex'),
    `00b3${'00000000'}${'20010db8000000000000000000010002'}${'00000000'}`,
  );
  assert.equal(
    sockaddr({ host: '::ffff:192.0.2.1', port: 0 }).subarray(8, 24).toString('hex'),
    '00000000000000000000ffffc0000201',
  );
  assert.equal(sockaddr({ host: '::', port: 0 }).subarray(8, 24).toString('hex'), '0'.repeat(32));
});
