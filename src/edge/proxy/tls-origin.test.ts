import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { ask, exchangeRaw, rawClient, startProxyEdge, startRawOrigin } from '../../testing/edge.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const host = 'api.example';

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const skip = hasOpenssl() ? false : 'NOT TESTED: openssl is not installed, so no certificate can be made';

/** A key and a certificate for these names, which this process trusts from now on. */
function certificate(t: TestContext, names: string): { key: string; cert: string } {
  const directory = temporaryDirectory(t);
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=origin', '-addext', `subjectAltName=${names}`];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pem = readFileSync(cert, 'utf8');
  setDefaultCACertificates([pem]);
  return { key: readFileSync(key, 'utf8'), cert: pem };
}

async function startTlsOrigin(t: TestContext, names: string) {
  const sockets: TLSSocket[] = [];
  const reused: boolean[] = [];
  const server = createHttpsServer(certificate(t, names), (request, response) => {
    response.setHeader('x-server-name', String((request.socket as TLSSocket).servername));
    response.setHeader('x-host', request.headers.host ?? '');
    if (request.method === 'POST') request.pipe(response);
    else response.end('x'.repeat(Number(request.url?.slice(1) || 2)));
  });
  server.on('secureConnection', (socket) => {
    sockets.push(socket);
    reused.push(socket.isSessionReused());
  });
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sockets, reused };
}

describe('origin servers over TLS', { skip }, () => {
  it('are asked by their own name, keep the customer’s Host, and keep their connection', async (t) => {
    const origin = await startTlsOrigin(t, 'DNS:localhost');
    const { port } = await startProxyEdge(t, [`https://localhost:${origin.port}`]);
    for (let i = 0; i < 3; i++) {
      const answer = await ask(t, port, { host });
      assert.equal(answer.body.toString(), 'xx');
      assert.equal(answer.headers['x-server-name'], 'localhost');
      assert.equal(answer.headers['x-host'], host);
    }
    assert.equal(origin.sockets.length, 1);
    assert.equal(origin.sockets[0]?.alpnProtocol, 'http/1.1');
  });

  it('carry large bodies both ways unchanged', async (t) => {
    const origin = await startTlsOrigin(t, 'DNS:localhost');
    const { port } = await startProxyEdge(t, [`https://localhost:${origin.port}`]);
    const body = 'abcdefg'.repeat(300_000);
    assert.equal((await ask(t, port, { host, method: 'POST', body })).body.toString(), body);
    const client = rawClient(t, port, `GET /5000000 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    client.socket.pause();
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.resume();
    assert.ok((await client.closed).endsWith('x'.repeat(5_000_000)));
  });

  it('take up an earlier session', async (t) => {
    const origin = await startTlsOrigin(t, 'DNS:localhost');
    const { port } = await startProxyEdge(t, [`https://localhost:${origin.port}`]);
    await ask(t, port, { host });
    // A connection is not used again after a HEAD.
    await ask(t, port, { host, method: 'HEAD' });
    await ask(t, port, { host });
    assert.deepEqual(origin.reused, [false, true]);
  });

  it('may be named by an address that the certificate holds', async (t) => {
    const origin = await startTlsOrigin(t, 'IP:127.0.0.1');
    const { port } = await startProxyEdge(t, [`https://127.0.0.1:${origin.port}`]);
    const answer = await ask(t, port, { host });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-server-name'], 'false');
  });

  it('get nothing where their certificate is for another name, or the customer’s', async (t) => {
    for (const names of ['DNS:other.example', `DNS:${host}`]) {
      const origin = await startTlsOrigin(t, names);
      for (const name of ['localhost', '127.0.0.1']) {
        const { port, entries } = await startProxyEdge(t, [`https://${name}:${origin.port}`]);
        assert.equal((await ask(t, port, { host })).status, 502);
        assert.equal(entries[0]?.failure, 'origin-unreachable');
      }
    }
  });

  it('time out where they never shake hands', async (t) => {
    const url = await startRawOrigin(t, () => {});
    const options = { limits: { originConnectMs: 200 } };
    const { port, entries } = await startProxyEdge(t, [url.replace('http:', 'https:')], options);
    assert.equal((await ask(t, port, { host })).status, 504);
    assert.equal(entries[0]?.failure, 'origin-connect-timeout');
  });

  it('switch to WebSocket', async (t) => {
    const origin = await startTlsOrigin(t, 'DNS:localhost');
    const { port } = await startProxyEdge(t, [`https://localhost:${origin.port}`]);
    const client = rawClient(
      t,
      port,
      `GET /chat HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly`,
    );
    await client.until(/helloearly$/);
    client.socket.write('m'.repeat(1_000_000));
    await client.until(/hellearlym{1000000}$|helloearlym{1000000}$/);
  });

  it('are no plain servers: 502', async (t) => {
    const url = await startRawOrigin(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const { port } = await startProxyEdge(t, [url.replace('http:', 'https:')]);
    assert.match(
      await exchangeRaw(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 502/,
    );
  });
});
