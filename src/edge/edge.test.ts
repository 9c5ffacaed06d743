import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ProblemError } from '../base/problem.ts';
import { ask, rawClient, refusingOrigin, startOrigin, startTestEdge } from '../testing/edge.ts';
import { waitFor } from '../testing/wait.ts';

const host = 'api.example';
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

/** An edge whose origin server answers when it is told to. */
async function heldEdge(context: TestContext) {
  const held: (() => void)[] = [];
  const url = await startOrigin(context, (incoming, response) => {
    if (incoming.url === '/held') held.push(() => response.end('held'));
    else response.end('now');
  });
  const services = { api: { kind: 'web' as const, originServers: [{ url, region: 'here' }] } };
  return { ...(await startTestEdge(context, { services, domains: { [host]: 'api' } })), held, services };
}

async function freePort(): Promise<number> {
  return Number(new URL(await refusingOrigin()).port);
}

describe('reload', () => {
  it('moves domains between services without a request lost', async (t) => {
    const { port, reconfigure, services } = await heldEdge(t);
    let done = false;
    let failures = 0;
    const load = (async () => {
      while (!done) if ((await ask(t, port, { host })).status !== 200) failures++;
    })();
    for (let i = 0; i < 10; i++) await reconfigure({ domains: { [host]: 'api', [`d${i}.example`]: 'api' }, services });
    done = true;
    await load;
    assert.equal(failures, 0);
    assert.equal((await ask(t, port, { host: 'd9.example' })).status, 200);
    assert.equal((await ask(t, port, { host: 'd8.example' })).status, 421);
  });

  it('keeps connections to origin servers that stay', async (t) => {
    const ports = new Set<number | undefined>();
    const url = await startOrigin(t, (incoming, response) => {
      ports.add(incoming.socket.remotePort);
      response.end();
    });
    const services = { api: { kind: 'web' as const, originServers: [{ url, region: 'here' }] } };
    const { port, reconfigure } = await startTestEdge(t, { services, domains: { [host]: 'api' } });
    await ask(t, port, { host });
    await reconfigure({ domains: { [host]: 'api', 'b.example': 'api' } });
    await ask(t, port, { host });
    assert.equal(ports.size, 1);
  });

  it('lets a request under way finish although its service is gone', async (t) => {
    const { port, reconfigure, held } = await heldEdge(t);
    const answer = ask(t, port, { host, path: '/held' });
    await waitFor('the request is held', () => held.length === 1);
    await reconfigure({ services: {}, domains: {} });
    held[0]?.();
    assert.equal((await answer).body.toString(), 'held');
    assert.equal((await ask(t, port, { host })).status, 421);
  });

  const bad: [string, string, RegExp][] = [
    ['cut short', '{"pop":"fra",', /not JSON/],
    ['of another shape', '{"pop":"fra"}', /listen/],
    ['empty', '', /not JSON/],
  ];
  for (const [what, text, reason] of bad) {
    it(`a file that is ${what} is refused, and the last good state stays`, async (t) => {
      const { port, edge, configPath } = await heldEdge(t);
      const before = edge.status();
      writeFileSync(configPath, text);
      await assert.rejects(
        edge.reload(),
        (error: unknown) => error instanceof ProblemError && reason.test(error.message),
      );
      assert.equal(edge.status().configSha256, before.configSha256);
      assert.equal((await ask(t, port, { host })).status, 200);
      assert.match(await edge.metrics.expose(), /nearcast_edge_reloads_refused_total 1/);
    });
  }

  it('opens new addresses and closes old ones; a request under way on an old one finishes', async (t) => {
    const { port, edge, reconfigure, held } = await heldEdge(t);
    const next = await freePort();
    const client = rawClient(t, port, request.replace('/ ', '/held '));
    await waitFor('the request is held', () => held.length === 1);
    await reconfigure({ listen: [{ host: '127.0.0.1', port: next }] });
    assert.deepEqual(edge.status().listening, [{ host: '127.0.0.1', port: next }]);
    assert.equal((await ask(t, next, { host })).status, 200);
    await waitFor('the old one refuses', async () => (await rawClient(t, port).closed) === '');
    held[0]?.();
    assert.match(await client.closed, /Connection: close[\s\S]*held/);
  });

  it('an address in use refuses the whole change', async (t) => {
    const { port, edge, reconfigure } = await heldEdge(t);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const taken = (other.address() as { port: number }).port;
    const addresses = [await freePort(), taken].map((each) => ({ host: '127.0.0.1', port: each }));
    await assert.rejects(reconfigure({ listen: addresses, domains: {} }), (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.problems[0]?.code, 'edge.address-in-use');
      return true;
    });
    assert.equal(edge.status().listening[0]?.port, port);
    assert.equal((await ask(t, port, { host })).status, 200);
    assert.equal(await rawClient(t, addresses[0]?.port ?? 0).closed, '');
  });
});

describe('drain', () => {
  it('asks each connection to close with its next answer, and cuts nothing', async (t) => {
    const { port, edge, reconfigure, held } = await heldEdge(t);
    const idle = rawClient(t, port, request);
    await idle.until(/now/);
    const busy = rawClient(t, port, request.replace('/ ', '/held '));
    await waitFor('the request is held', () => held.length === 1);
    await reconfigure({ draining: true });
    assert.equal(edge.status().draining, true);
    assert.equal(idle.socket.closed, false);
    idle.socket.write(request);
    assert.equal((await idle.closed).match(/Connection: close/g)?.length, 1);
    held[0]?.();
    const text = await busy.closed;
    assert.match(text, /Connection: close/);
    assert.match(text, /held/);
    const health = await ask(t, port, { host: 'edge.nearcast.invalid', path: '/healthz' });
    assert.equal(JSON.parse(health.body.toString()).draining, true);
    await reconfigure({ draining: false });
    const kept = rawClient(t, port, request);
    assert.match(await kept.until(/now/), /Connection: keep-alive/);
  });
});

describe('stop', () => {
  it('takes no newcomers, finishes what is under way, closes what is idle', async (t) => {
    const { port, edge, held } = await heldEdge(t);
    const idle = rawClient(t, port, request);
    await idle.until(/now/);
    const busy = rawClient(t, port, request.replace('/ ', '/held '));
    await waitFor('the request is held', () => held.length === 1);
    const silent = rawClient(t, port);
    await waitFor('three connections', () => edge.status().openConnections === 3);
    const stopped = edge.stop(5_000);
    await idle.closed;
    await silent.closed;
    assert.equal(await rawClient(t, port).closed, '');
    held[0]?.();
    assert.match(await busy.closed, /Connection: close[\s\S]*held/);
    await stopped;
  });

  it('waits for requests on a listener that a reload closed, too', async (t) => {
    const { edge, port, held, reconfigure } = await heldEdge(t);
    const busy = rawClient(t, port, request.replace('/ ', '/held '));
    await waitFor('the request is held', () => held.length === 1);
    await reconfigure({ listen: [{ host: '127.0.0.1', port: await freePort() }] });
    const stopped = edge.stop(5_000);
    held[0]?.();
    assert.match(await busy.closed, /held/);
    await stopped;
  });

  it('cuts off what is still under way after the grace', async (t) => {
    const { port, edge, held } = await heldEdge(t);
    const busy = rawClient(t, port, request.replace('/ ', '/held '));
    await waitFor('the request is held', () => held.length === 1);
    await edge.stop(50);
    assert.equal(await busy.closed, '');
  });
});

describe('a large configuration', () => {
  it('200,000 domains are taken up while requests are answered', async (t) => {
    const { port, reconfigure, services } = await heldEdge(t);
    const domains: Record<string, string> = { [host]: 'api' };
    for (let i = 0; i < 200_000; i++) domains[`customer-${i}.example.net`] = 'api';
    const reloaded = reconfigure({ domains, services });
    assert.equal((await ask(t, port, { host })).status, 200);
    await reloaded;
    assert.equal((await ask(t, port, { host: 'customer-199999.example.net' })).status, 200);
  });
});
