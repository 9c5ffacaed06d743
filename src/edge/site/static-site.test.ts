import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { ask, exchangeRaw, rawClient, startTestEdge } from '../../testing/edge.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import type { EdgeLimits } from '../limits.ts';

const host = 'docs.example';
const css = 'body { color: red }\n'.repeat(200);
const big = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7) & 0xff));

function writeTree(root: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

async function siteEdge(
  context: TestContext,
  files: Record<string, string | Buffer>,
  prepare: (root: string) => void = () => {},
  limits: Partial<EdgeLimits> = {},
) {
  const parent = temporaryDirectory(context);
  const root = join(parent, 'site');
  mkdirSync(root);
  writeTree(root, files);
  prepare(root);
  const edge = await startTestEdge(
    context,
    { services: { docs: { kind: 'static', directory: root } }, domains: { [host]: 'docs' } },
    { limits },
  );
  return { ...edge, root, parent };
}

const tree = {
  'index.html': '<h1>home</h1>',
  'docs/index.html': '<h1>docs</h1>',
  'docs/a b.txt': 'spaced',
  'café.txt': 'accented',
  'app.css': css,
  'logo.png': Buffer.from([0x89, 0x50, 0, 0xff]),
  'empty.txt': '',
  'big.bin': big,
  '.env': 'SECRET=1',
  '.git/config': 'secret',
  '.well-known/security.txt': 'contact',
  'sub/.hidden/x': 'secret',
};

describe('paths of a static site', () => {
  const cases: [string, number, string?][] = [
    ['/', 200, '<h1>home</h1>'],
    ['/?q=1', 200, '<h1>home</h1>'],
    ['/index.html', 200, '<h1>home</h1>'],
    ['/docs/', 200, '<h1>docs</h1>'],
    ['/docs', 308],
    ['/docs/a%20b.txt', 200, 'spaced'],
    ['/caf%C3%A9.txt', 200, 'accented'],
    ['/empty.txt', 200, ''],
    ['/.well-known/security.txt', 200, 'contact'],
    ['/nothing', 404],
    ['/docs/nothing/', 404],
    ['/logo.png/', 404],
    ['/.env', 404],
    ['/.git/config', 404],
    ['/sub/.hidden/x', 404],
    ['/../outside.txt', 404],
    ['/docs/../../outside.txt', 404],
    ['/%2e%2e/outside.txt', 404],
    ['/%2e%2e%2foutside.txt', 404],
    ['/..%2foutside.txt', 404],
    ['/..%5coutside.txt', 404],
    ['/docs/..%2f..%2foutside.txt', 404],
    ['/%252e%252e/outside.txt', 404],
    ['//outside.txt', 404],
    ['/%00', 404],
    ['/index.html%00.png', 404],
    ['/%c0%ae%c0%ae/outside.txt', 404],
    ['/leak.txt', 404],
    ['/leak/outside.txt', 404],
    ['/circle/circle/index.html', 404],
    ['/inside.txt', 200, 'spaced'],
  ];
  for (const [path, status, body] of cases) {
    it(`${path} → ${status}`, async (t) => {
      const { port } = await siteEdge(t, tree, (root) => {
        writeFileSync(join(dirname(root), 'outside.txt'), 'outside');
        symlinkSync('../outside.txt', join(root, 'leak.txt'));
        symlinkSync('..', join(root, 'leak'));
        symlinkSync('.', join(root, 'circle'));
        symlinkSync('docs/a b.txt', join(root, 'inside.txt'));
      });
      const answer = await ask(t, port, { host, path });
      assert.equal(answer.status, status);
      if (body !== undefined) assert.equal(answer.body.toString(), body);
      assert.doesNotMatch(answer.body.toString(), /outside|SECRET|secret/);
    });
  }

  it('redirects a directory within the site, with its query', async (t) => {
    const { port } = await siteEdge(t, { 'a b/index.html': 'x' });
    const { headers, status } = await ask(t, port, { host, path: '/a%20b?x=1' });
    assert.equal(status, 308);
    assert.equal(headers.location, '/a%20b/?x=1');
  });

  it('answers what it does not have with its own 404 page', async (t) => {
    const { port } = await siteEdge(t, { '404.html': '<h1>lost</h1>' });
    const answer = await ask(t, port, {
      host,
      path: '/nothing',
      headers: { 'If-None-Match': '*', Range: 'bytes=0-1' },
    });
    assert.equal(answer.status, 404);
    assert.equal(answer.body.toString(), '<h1>lost</h1>');
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
  });

  it('takes GET and HEAD, tells so, and refuses the rest', async (t) => {
    const { port } = await siteEdge(t, tree);
    const head = await ask(t, port, { host, path: '/app.css', method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], String(css.length));
    assert.equal(head.body.length, 0);
    const post = await ask(t, port, { host, method: 'POST', body: 'x'.repeat(100_000) });
    assert.equal(post.status, 405);
    assert.equal(post.headers.allow, 'GET, HEAD, OPTIONS');
    assert.equal((await ask(t, port, { host, method: 'OPTIONS' })).status, 204);
    assert.equal((await ask(t, port, { host, method: 'DELETE' })).status, 405);
  });
});

describe('bytes of a static site', () => {
  it('serves large and binary files unchanged, and HEAD without them', async (t) => {
    const { port } = await siteEdge(t, tree);
    assert.ok((await ask(t, port, { host, path: '/big.bin' })).body.equals(big));
    assert.ok((await ask(t, port, { host, path: '/logo.png' })).body.equals(tree['logo.png']));
    const head = await ask(t, port, { host, path: '/big.bin', method: 'HEAD' });
    assert.equal(head.headers['content-length'], String(big.length));
  });

  const ranges: [string, string, [number, number]][] = [
    ['/app.css', 'bytes=0-9', [0, 10]],
    ['/app.css', 'bytes=-5', [css.length - 5, css.length]],
    ['/app.css', 'bytes=100-', [100, css.length]],
    ['/big.bin', 'bytes=1000000-1999999', [1_000_000, 2_000_000]],
    ['/big.bin', 'bytes=2999999-9999999', [2_999_999, 3_000_000]],
  ];
  for (const [path, range, [from, to]] of ranges) {
    it(`${path} ${range}`, async (t) => {
      const { port } = await siteEdge(t, tree);
      const whole = path === '/app.css' ? Buffer.from(css) : big;
      const answer = await ask(t, port, { host, path, headers: { Range: range, 'Accept-Encoding': 'br' } });
      assert.equal(answer.status, 206);
      assert.equal(answer.headers['content-range'], `bytes ${from}-${to - 1}/${whole.length}`);
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.ok(answer.body.equals(whole.subarray(from, to)));
    });
  }

  it('several ranges come as multipart/byteranges of the told length', async (t) => {
    const { port } = await siteEdge(t, tree);
    const answer = await ask(t, port, { host, path: '/app.css', headers: { Range: 'bytes=0-3, 10-12' } });
    assert.equal(answer.status, 206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(answer.headers['content-type'] ?? '')?.[1];
    const part = (range: string, body: string) =>
      `--${boundary}\r\ncontent-type: text/css; charset=utf-8\r\ncontent-range: bytes ${range}/${css.length}\r\n\r\n${body}\r\n`;
    assert.equal(
      answer.body.toString(),
      `${part('0-3', css.slice(0, 4))}${part('10-12', css.slice(10, 13))}--${boundary}--\r\n`,
    );
  });

  it('416 for a range beyond the end, the whole for one that is none or out of date', async (t) => {
    const { port } = await siteEdge(t, tree);
    const get = (headers: Record<string, string>) => ask(t, port, { host, path: '/app.css', headers });
    const beyond = await get({ Range: 'bytes=999999-' });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers['content-range'], `bytes */${css.length}`);
    assert.equal((await get({ Range: 'bytes=5-1' })).status, 200);
    assert.equal((await get({ Range: 'bytes=0-1', 'If-Range': '"old"' })).status, 200);
    const { etag } = (await get({})).headers;
    assert.equal((await get({ Range: 'bytes=0-1', 'If-Range': etag ?? '' })).status, 206);
  });

  it('compresses at first need, by what the client likes most; each coding has its own tag', async (t) => {
    const { port } = await siteEdge(t, tree);
    const get = (encoding: string) =>
      ask(t, port, { host, path: '/app.css', headers: encoding === '' ? {} : { 'Accept-Encoding': encoding } });
    const tags = new Set<string | undefined>();
    for (let round = 0; round < 2; round++) {
      const br = await get('gzip, deflate, br');
      assert.equal(br.headers['content-encoding'], 'br');
      assert.equal(brotliDecompressSync(br.body).toString(), css);
      const gzip = await get('gzip;q=1, br;q=0.1');
      assert.equal(gzip.headers['content-encoding'], 'gzip');
      assert.equal(gunzipSync(gzip.body).toString(), css);
      const plain = await get('');
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.equal(plain.body.toString(), css);
      for (const answer of [br, gzip, plain]) {
        assert.equal(answer.headers.vary, 'accept-encoding');
        tags.add(answer.headers.etag);
      }
    }
    assert.equal(tags.size, 3);
  });

  it('does not compress what is small, or is compressed already', async (t) => {
    const { port } = await siteEdge(t, { ...tree, 'noise.png': big.subarray(0, 5000) });
    for (const path of ['/', '/noise.png', '/big.bin']) {
      const answer = await ask(t, port, { host, path, headers: { 'Accept-Encoding': 'br, gzip' } });
      assert.equal(answer.headers['content-encoding'], undefined, path);
    }
  });

  it('serves precompressed neighbours as they are', async (t) => {
    const { port } = await siteEdge(t, {
      'app.js': 'plain',
      'app.js.br': brotliCompressSync('from br'),
      'app.js.gz': gzipSync('from gz'),
    });
    const get = (encoding: string) => ask(t, port, { host, path: '/app.js', headers: { 'Accept-Encoding': encoding } });
    assert.equal(brotliDecompressSync((await get('br')).body).toString(), 'from br');
    assert.equal(gunzipSync((await get('gzip')).body).toString(), 'from gz');
    assert.equal((await get('identity')).body.toString(), 'plain');
    assert.equal((await get('br')).headers['content-type'], 'text/javascript; charset=utf-8');
  });

  it('compresses a very large text on its way', async (t) => {
    const text = 'large text '.repeat(500_000);
    const { port } = await siteEdge(t, { 'large.txt': text });
    const answer = await ask(t, port, { host, path: '/large.txt', headers: { 'Accept-Encoding': 'gzip, br' } });
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.ok(gunzipSync(answer.body).toString() === text);
  });

  it('304 for a copy that is still good, with its tag and without a body', async (t) => {
    const { port } = await siteEdge(t, tree);
    const get = (headers: Record<string, string>) => ask(t, port, { host, path: '/app.css', headers });
    const first = await get({});
    const tag = first.headers.etag ?? '';
    const same = await get({ 'If-None-Match': tag });
    assert.equal(same.status, 304);
    assert.equal(same.headers.etag, tag);
    assert.equal(same.headers['content-length'], undefined);
    assert.equal(same.body.length, 0);
    assert.equal((await get({ 'If-Modified-Since': first.headers['last-modified'] ?? '' })).status, 304);
    assert.equal((await get({ 'If-None-Match': '"other"' })).status, 200);
    assert.equal((await get({ 'If-Match': '"other"' })).status, 412);
  });

  it('gives one content the same tag at every PoP, whenever its copy was made', async (t) => {
    const [one, other] = [await siteEdge(t, { 'a.txt': 'same' }), await siteEdge(t, { 'a.txt': 'same' })];
    const tagOf = async (port: number) => (await ask(t, port, { host, path: '/a.txt' })).headers.etag;
    assert.equal(await tagOf(one.port), await tagOf(other.port));
  });

  it('cuts off a client that does not read', async (t) => {
    const { port, entries } = await siteEdge(t, { 'huge.bin': Buffer.alloc(40_000_000) }, undefined, {
      slowReaderMs: 200,
    });
    const client = rawClient(t, port, `GET /huge.bin HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    client.socket.pause();
    await waitFor('it is cut off', () => entries[0]?.failure === 'slow-reader');
  });

  it('answers pipelined requests of memory and disk in order', async (t) => {
    const { port } = await siteEdge(t, tree);
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const text = await exchangeRaw(t, port, get('/big.bin') + get('/') + get('/docs/', 'Connection: close\r\n'));
    const lengths = [...text.matchAll(/content-length: (\d+)/g)].map((match) => Number(match[1]));
    assert.deepEqual(lengths, [big.length, 13, 13]);
    assert.ok(text.endsWith('<h1>docs</h1>'));
  });
});

describe('a static site that changes', () => {
  it('a reload shows the new files, and drops what is gone', async (t) => {
    const { port, root, reconfigure } = await siteEdge(t, tree);
    writeTree(root, { 'index.html': 'new home', 'new.txt': 'new' });
    rmSync(join(root, 'app.css'));
    await reconfigure({});
    assert.equal((await ask(t, port, { host })).body.toString(), 'new home');
    assert.equal((await ask(t, port, { host, path: '/new.txt' })).body.toString(), 'new');
    assert.equal((await ask(t, port, { host, path: '/app.css' })).status, 404);
    assert.equal((await ask(t, port, { host, path: '/docs/' })).body.toString(), '<h1>docs</h1>');
  });

  it('a request under way gets the old file whole while a new directory takes its place', async (t) => {
    const { port, root, parent, reconfigure } = await siteEdge(t, tree);
    const client = rawClient(t, port, `GET /big.bin HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    client.socket.pause();
    await waitFor('the request is under way', () => client.socket.bytesRead > 0 || client.socket.readableLength > 0);
    const next = join(parent, 'next');
    writeTree(next, { 'index.html': 'next' });
    renameSync(root, join(parent, 'old'));
    await reconfigure({ services: { docs: { kind: 'static', directory: next } } });
    assert.equal((await ask(t, port, { host })).body.toString(), 'next');
    assert.equal((await ask(t, port, { host, path: '/big.bin' })).status, 404);
    client.socket.resume();
    assert.ok((await client.closed).endsWith(big.toString('latin1')));
  });

  it('a file changed in place is never served half old, half new', async (t) => {
    const { port, root } = await siteEdge(t, tree);
    writeFileSync(join(root, 'big.bin'), 'short now');
    assert.equal((await ask(t, port, { host, path: '/big.bin' })).body.toString(), 'short now');
    rmSync(join(root, 'big.bin'));
    assert.equal((await ask(t, port, { host, path: '/big.bin', headers: { Range: 'bytes=0-1' } })).status, 404);
  });

  it('a directory that cannot be read is refused at the reload, and the old site stays', async (t) => {
    const { port, reconfigure, edge } = await siteEdge(t, tree);
    const before = edge.status().configSha256;
    await assert.rejects(
      reconfigure({ services: { docs: { kind: 'static', directory: '/nowhere/at/all' } } }),
      /nowhere/,
    );
    assert.equal(edge.status().configSha256, before);
    assert.equal((await ask(t, port, { host })).body.toString(), '<h1>home</h1>');
  });
});
