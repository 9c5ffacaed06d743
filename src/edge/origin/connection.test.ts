import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { startHeadOrigin, startRawOrigin } from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';
import { defaultLimits } from '../limits.ts';
import { OriginConnection, type OriginFailure } from './connection.ts';
import { createConnector } from './connector.ts';
import { Deadlines } from './deadlines.ts';
import { latin1 } from './latin1.ts';

function connectionTo(t: TestContext, url: string) {
  const gone: OriginConnection[] = [];
  const connection = new OriginConnection({
    connector: createConnector(new URL(url), Buffer.alloc(64 * 1024)),
    deadlines: new Deadlines(systemClock, 1_000),
    limits: defaultLimits,
    onGone: (one) => gone.push(one),
  });
  t.after(() => connection.destroy());
  return { connection, gone };
}

const request = { method: 'GET', path: '/', headers: ['host', 'a.example'], upgrade: '' };

/** A handler that takes all, or pauses at each piece of a body. */
function listener(goOn = true) {
  const seen = { body: '', calls: [] as string[], failure: undefined as OriginFailure | undefined };
  return {
    seen,
    head: () => seen.calls.push('head'),
    data(bytes: Buffer, start: number, end: number) {
      seen.body += latin1(bytes, start, end);
      seen.calls.push('data');
      return goOn;
    },
    silent: () => seen.calls.push('silent'),
    waiting: () => seen.calls.push('waiting'),
    ended: () => seen.calls.push('ended'),
    upgraded: () => seen.calls.push('upgraded'),
    failed(failure: OriginFailure) {
      seen.calls.push('failed');
      seen.failure = failure;
    },
  };
}

describe('a connection to an origin server', () => {
  it('reads the next answer after one whose last piece was met with a pause', async (t) => {
    let answers = 0;
    let sendRest = (): unknown => assert.fail('there is no rest yet');
    const url = await startRawOrigin(t, (socket) => {
      socket.setNoDelay(true);
      socket.on('data', () => {
        const text = `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${++answers}.`;
        if (answers === 1) socket.write(text);
        else {
          socket.write(text.slice(0, 20));
          sendRest = () => socket.write(text.slice(20));
        }
      });
    });
    const { connection } = connectionTo(t, url);
    const first = listener(false);
    connection.send(request, undefined, first);
    await waitFor('the first answer', () => first.seen.calls.includes('ended'));
    assert.ok(connection.reusable);
    const second = listener();
    connection.send(request, undefined, second);
    await waitFor('a part of the second', () => second.seen.calls.includes('waiting'));
    sendRest();
    await waitFor('the second answer', () => second.seen.calls.includes('ended'));
    assert.equal(first.seen.body + second.seen.body, '1.2.');
    assert.ok(connection.reusable);
  });

  it('reads nothing more while paused, and goes on', async (t) => {
    const body = 'x'.repeat(2_000_000);
    const url = await startHeadOrigin(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const { connection } = connectionTo(t, url);
    const one = listener(false);
    connection.send(request, undefined, one);
    await waitFor('the first piece', () => one.seen.body !== '');
    const before = one.seen.body.length;
    assert.ok(before <= 64 * 1024, `${before} bytes in one piece`);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(one.seen.body.length, before);
    await waitFor('the rest, a piece at a time', () => {
      connection.resume();
      return one.seen.calls.includes('ended');
    });
    assert.equal(one.seen.body, body);
  });

  it('tells nobody anything after it was ended', async (t) => {
    const url = await startHeadOrigin(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'));
    const { connection, gone } = connectionTo(t, url);
    const one = listener();
    connection.send(request, undefined, one);
    await waitFor('a piece', () => one.seen.body === 'x');
    const calls = one.seen.calls.length;
    connection.destroy();
    connection.destroy();
    connection.late();
    await waitFor('it is gone', () => gone.length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(one.seen.calls.length, calls);
    assert.equal(gone.length, 1);
    assert.ok(!connection.reusable);
  });

  it('sends nothing of a request that is no HTTP, and says that nothing was sent', async (t) => {
    let bytes = 0;
    const url = await startRawOrigin(t, (socket) => {
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      });
    });
    const { connection, gone } = connectionTo(t, url);
    const one = listener();
    connection.send({ ...request, headers: ['x', 'y\r\n\r\nGET /evil HTTP/1.1'] }, undefined, one);
    assert.deepEqual(one.seen.calls, ['failed']);
    assert.deepEqual([one.seen.failure?.kind, one.seen.failure?.sent], ['unsendable', false]);
    assert.equal(gone.length, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(bytes, 0);
  });

  it('makes a failure of what its handler throws, and says that it is a bug', async (t) => {
    const url = await startHeadOrigin(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const { connection } = connectionTo(t, url);
    const one = listener();
    const bug = new Error('a bug');
    connection.send(request, undefined, {
      ...one,
      head: () => {
        throw bug;
      },
    });
    await waitFor('it fails', () => one.seen.failure !== undefined);
    assert.equal(one.seen.failure?.bug, bug);
    assert.deepEqual(one.seen.calls, ['failed']);
  });
});
