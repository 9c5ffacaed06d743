/** An origin server that takes a request and says nothing: another is asked soon, once, and whichever answers first counts. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ask, rawClient, startOrigin, startProxyEdge } from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';
import { defaultHealthRules } from './health.ts';

const host = 'api.example';
const limits = { originPatienceMs: 100, originHeadersMs: 60_000 };

/** An origin server that answers when `answer` is called, and counts. */
async function startHeld(context: TestContext, name: string) {
  const held = { url: '', asked: 0, abandoned: 0, answer: (_text = name) => {}, fail: () => {} };
  held.url = await startOrigin(context, (request, response) => {
    held.asked++;
    held.answer = (text = name) => response.end(text);
    held.fail = () => request.socket.destroy();
    response.on('close', () => {
      if (!response.writableFinished) held.abandoned++;
    });
  });
  return held;
}

const startGood = async (context: TestContext, name: string) => {
  const good = { url: '', asked: 0 };
  good.url = await startOrigin(context, (request, response) => {
    good.asked++;
    request.resume();
    request.on('end', () => response.end(name));
  });
  return good;
};

describe('a silent origin server', () => {
  it('costs a reader a moment, sees one abandoned request each, and is set aside', async (t) => {
    const [first, second] = [await startHeld(t, 'first'), await startGood(t, 'second')];
    const { port, entries } = await startProxyEdge(t, [first.url, second.url], { limits });
    for (let request = 1; request <= 4; request++) {
      const answer = await ask(t, port, { host });
      assert.equal(answer.body.toString(), 'second');
      const asked = Math.min(request, defaultHealthRules.failures);
      await waitFor('the first is let go', () => first.abandoned === asked);
      assert.deepEqual([first.asked, second.asked], [asked, request]);
    }
    assert.ok(entries.every(({ originServer, failure }) => originServer === second.url && failure === ''));
  });

  it('may answer after all, and first: then the other is let go, and held against nobody', async (t) => {
    const [first, second] = [await startHeld(t, 'first'), await startHeld(t, 'second')];
    const healthRules = { ...defaultHealthRules, failures: 1, firstPauseMs: 60_000 };
    const { port, entries } = await startProxyEdge(t, [first.url, second.url], { limits, healthRules });
    for (let request = 1; request <= 2; request++) {
      const answer = ask(t, port, { host });
      await waitFor('the second is asked', () => second.asked === request);
      first.answer();
      assert.equal((await answer).body.toString(), 'first');
      await waitFor('the second is let go', () => second.abandoned === request);
    }
    assert.deepEqual([first.asked, first.abandoned, entries[1]?.originServer], [2, 0, first.url]);
  });

  it('is not set aside for what is slow while it answers others', async (t) => {
    const first = { asked: 0, url: '' };
    first.url = await startOrigin(t, (request, response) => {
      first.asked++;
      if (request.url !== '/slow') response.end('first');
    });
    const second = await startHeld(t, 'second');
    const healthRules = { ...defaultHealthRules, failures: 1, firstPauseMs: 60_000 };
    const { port } = await startProxyEdge(t, [first.url, second.url], { limits, healthRules });
    const slow = ask(t, port, { host, path: '/slow' });
    await waitFor('the second is asked', () => second.asked === 1);
    assert.equal((await ask(t, port, { host })).body.toString(), 'first');
    second.answer();
    assert.equal((await slow).body.toString(), 'second');
    assert.equal((await ask(t, port, { host })).body.toString(), 'first');
  });

  it('that fails leaves the request to the other; the third is asked when both have failed', async (t) => {
    const [first, second, third] = [await startHeld(t, 'first'), await startHeld(t, 'second'), await startGood(t, '3')];
    const { port } = await startProxyEdge(t, [first.url, second.url, third.url], { limits });
    const one = ask(t, port, { host });
    await waitFor('the second is asked', () => second.asked === 1);
    first.fail();
    await waitFor('the first has failed', () => first.abandoned === 1);
    second.answer();
    assert.equal((await one).body.toString(), 'second');

    const two = ask(t, port, { host });
    await waitFor('the second is asked again', () => second.asked === 2);
    second.fail();
    await waitFor('the second has failed', () => second.abandoned === 1);
    for (let closed = 2; closed <= 3; closed++) {
      first.fail(); // its connection, and the fresh one on which the request is repeated
      await waitFor('the first has failed, too', () => first.abandoned === closed);
      await waitFor('somebody else is asked', () => first.asked === closed + 1 || third.asked === 1);
    }
    assert.equal((await two).body.toString(), '3');
  });

  it('is waited for where the request may do something, has a body, or nobody else is well', async (t) => {
    const [first, second] = [await startHeld(t, 'first'), await startGood(t, 'second')];
    const { port } = await startProxyEdge(t, [first.url, second.url], { limits: { ...limits, originHeadersMs: 400 } });
    assert.equal((await ask(t, port, { host, method: 'POST' })).status, 504);
    assert.equal((await ask(t, port, { host, method: 'GET', body: 'x' })).status, 504);
    assert.equal(second.asked, 0);
    const alone = await startProxyEdge(t, [first.url], { limits: { ...limits, originHeadersMs: 400 } });
    assert.equal((await ask(t, alone.port, { host })).status, 504);
    assert.equal(first.asked, 3);
  });

  it('is let go with the other when the client leaves', async (t) => {
    const [first, second] = [await startHeld(t, 'first'), await startHeld(t, 'second')];
    const { port, edge } = await startProxyEdge(t, [first.url, second.url], { limits });
    const client = rawClient(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await waitFor('the second is asked', () => second.asked === 1);
    client.socket.destroy();
    await waitFor('both are let go', () => first.abandoned === 1 && second.abandoned === 1);
    await waitFor('the exchange is over', () => edge.status().activeRequests === 0);
  });
});
