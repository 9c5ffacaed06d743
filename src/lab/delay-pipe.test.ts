import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { waitFor } from '../testing/wait.ts';
import { openVantage } from './vantage.ts';

async function listen(context: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as { port: number }).port;
}

async function vantageTo(context: TestContext, port: number, delayMs: number): Promise<number> {
  const vantage = await openVantage({
    name: 'test',
    port: 0,
    clock: systemClock,
    path: () => ({ reached: true, pop: 'fra', asPath: [], crossed: [], delayMs }),
    edgeOf: () => ({ host: '127.0.0.1', port }),
  });
  context.after(() => vantage.close());
  return Number(new URL(vantage.url).port);
}

test('bytes arrive whole and in order, and not before two round trips', async (context) => {
  const port = await listen(context, (socket) => socket.pipe(socket));
  const client = createConnection(await vantageTo(context, port, 10), '127.0.0.1');
  const started = performance.now();
  const sent = Buffer.alloc(12_000_000, 'nearcast ');
  const received: Buffer[] = [];
  let firstByteAfter = 0;
  client.on('data', (chunk: Buffer) => {
    firstByteAfter ||= performance.now() - started;
    received.push(chunk);
  });
  client.end(sent);
  await once(client, 'end');
  assert.ok(firstByteAfter >= 39, `first byte after ${firstByteAfter} ms`);
  assert.ok(Buffer.concat(received).equals(sent));
});

test('an edge that is not there refuses the client', async (context) => {
  const client = createConnection(await vantageTo(context, 1, 5), '127.0.0.1');
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
});

test('a reset reaches the other end', async (context) => {
  const port = await listen(context, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  const client = createConnection(await vantageTo(context, port, 5), '127.0.0.1');
  client.on('error', () => {});
  client.write('x');
  await waitFor('the client to be closed', () => client.destroyed);
  assert.ok(client.errored);
});

test('a client that leaves takes its connection to the edge with it', async (context) => {
  let edge: Socket | undefined;
  const port = await listen(context, (socket) => {
    edge = socket;
    socket.resume();
  });
  const client = createConnection(await vantageTo(context, port, 5), '127.0.0.1');
  client.write('x');
  await waitFor('the edge to be connected', () => edge);
  client.resetAndDestroy();
  await waitFor('the edge to see the end', () => edge?.destroyed);
});
