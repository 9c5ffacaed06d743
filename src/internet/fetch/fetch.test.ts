/** Fetching from a server on loopback that breaks off, moves on and lies. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../base/clock.ts';
import { ProblemError } from '../../base/problem.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import { download } from './download.ts';
import { fetchTopology, filesListed } from './topology.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(context: TestContext, answer: Answer): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const code = (expected: string) => (error: unknown) =>
  error instanceof ProblemError && error.problems[0]?.code === expected;

const content = new Uint8Array(300_000).map((_, index) => (index * 31) >>> 3);

/** Serves `content` with ranges; breaks the first `breaks` answers off in the middle. */
function ranged(
  breaks: number,
  { etag = () => '"one"' }: { etag?: () => string } = {},
): { answer: Answer; ranges: string[] } {
  const ranges: string[] = [];
  let left = breaks;
  return {
    ranges,
    answer: (request, response) => {
      const { range, 'if-range': ifRange } = request.headers;
      ranges.push(range ?? 'whole');
      const from = range !== undefined && ifRange === etag() ? Number(/bytes=(\d+)-/.exec(range)?.[1]) : 0;
      response.writeHead(from > 0 ? 206 : 200, {
        etag: etag(),
        'content-length': content.length - from,
        ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
      });
      if (left-- <= 0) response.end(content.subarray(from));
      else response.write(content.subarray(from, from + 100_000), () => response.socket?.destroySoon());
    },
  };
}

test('a download that breaks off is told, and goes on where it stopped', async (context) => {
  const { answer, ranges } = ranged(2);
  const url = await serve(context, answer);
  const file = join(temporaryDirectory(context), 'deep', 'file');
  for (let round = 0; round < 2; round++) {
    await assert.rejects(download({ url, file, clock: systemClock }), code('internet.fetch-incomplete'));
    assert.equal(existsSync(file), false);
  }
  const seen: number[] = [];
  await download({ url, file, clock: systemClock, onProgress: (bytes) => seen.push(bytes) });
  assert.deepEqual(new Uint8Array(readFileSync(file)), content);
  assert.equal(ranges[0], 'whole');
  assert.match(ranges[2] as string, /^bytes=[1-9]/);
  assert.equal(seen.at(-1), content.length);
  assert.equal(readdirSync(join(file, '..')).length, 1, 'nothing is left beside it');
});

test('a file that changed meanwhile is fetched anew', async (context) => {
  let tag = '"one"';
  const { answer } = ranged(1, { etag: () => tag });
  const url = await serve(context, answer);
  const file = join(temporaryDirectory(context), 'file');
  await assert.rejects(download({ url, file, clock: systemClock }));
  tag = '"two"';
  await download({ url, file, clock: systemClock });
  assert.deepEqual(new Uint8Array(readFileSync(file)), content);
});

test('refusals, silence and floods end with a problem', async (context) => {
  const file = join(temporaryDirectory(context), 'file');
  const missing = await serve(context, (_, response) => response.writeHead(404).end('no'));
  await assert.rejects(download({ url: missing, file, clock: systemClock }), code('internet.fetch-failed'));
  await assert.rejects(
    download({ url: 'http://127.0.0.1:1/', file, clock: systemClock }),
    code('internet.fetch-failed'),
  );
  const flood = await serve(context, (_, response) => response.end(content));
  await assert.rejects(
    download({ url: flood, file, clock: systemClock, mostBytes: 1000 }),
    code('internet.fetch-too-large'),
  );
  const clock = new ManualClock();
  let asked = false;
  const mute = await serve(context, () => {
    asked = true;
  });
  const waiting = assert.rejects(download({ url: mute, file, clock, silenceMs: 5000 }), code('internet.fetch-failed'));
  await waitFor('the server is asked', () => asked);
  clock.advance(5001);
  await waiting;
});

const links = '# CAIDA\n1|2|-1|bgp\n1|3|-1|bgp\n2|3|0|mlp\n';

test('the newest file of a directory is fetched once, checked, and becomes a graph', async (context) => {
  const asked: string[] = [];
  const from = await serve(context, (request, response) => {
    asked.push(request.url as string);
    const listing = ['20250801', '20250901', '20191201'].map((date) => `<a href="${date}.as-rel2.txt.bz2">`).join('\n');
    if (request.url === '/') response.end(`<html>${listing}<a href="README.txt"></html>`);
    else response.end(gzipSync(links)); // told apart by its bytes, not its name
  });
  const directory = temporaryDirectory(context);
  const first = await fetchTopology({ from, directory, clock: systemClock });
  assert.deepEqual([first.ases, first.links, first.alreadyThere], [3, 3, false]);
  assert.deepEqual(readdirSync(directory).sort(), ['20250901.as-rel2.txt.bz2', '20250901.as-rel2.txt.graph']);
  const again = await fetchTopology({ from, directory, clock: systemClock });
  assert.equal(again.alreadyThere, true);
  assert.equal(asked.filter((url) => url !== '/').length, 1);
  await fetchTopology({ from, directory, date: '20191201', clock: systemClock });
  assert.ok(asked.includes('/20191201.as-rel2.txt.bz2'));
});

test('what is no topology is refused and not kept', async (context) => {
  const directory = temporaryDirectory(context);
  const portal = await serve(context, (_, response) => response.end('<html>Log in 20250901.as-rel2.txt.bz2</html>'));
  await assert.rejects(fetchTopology({ from: portal, directory, clock: systemClock }), code('internet.no-links'));
  assert.deepEqual(readdirSync(directory), []);
  const mixed = await serve(context, (_, response) => response.end(`${links}<html>\n`));
  await assert.rejects(
    fetchTopology({ from: mixed, directory, date: '20250901', clock: systemClock }),
    code('internet.file-damaged'),
  );
  assert.deepEqual(readdirSync(directory), []);
  const empty = await serve(context, (_, response) => response.end('<html></html>'));
  await assert.rejects(fetchTopology({ from: empty, directory, clock: systemClock }), code('internet.fetch-no-file'));
});

test('names in a page, each once, by date', () => {
  const page =
    '<a href="20250901.as-rel2.txt.bz2">20250901.as-rel2.txt.bz2</a> 20241201.as-rel2.txt.bz2 x.as-rel2.txt.bz2';
  assert.deepEqual(filesListed(page), ['20241201.as-rel2.txt.bz2', '20250901.as-rel2.txt.bz2']);
});
