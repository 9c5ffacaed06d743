import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { siteManifestSchema } from '../../network/intent.ts';
import { BlobStore } from './blobs.ts';
import { takeSite } from './site.ts';
import { siteLimits, walkSite } from './walk.ts';

const root = mkdtempSync(join(tmpdir(), 'nearcast-site-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;

function siteOf(files: Record<string, string>): string {
  const directory = join(root, `site${serial++}`);
  mkdirSync(directory);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}
const newBlobs = (): BlobStore => new BlobStore(join(root, `blobs${serial++}`));
const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

async function codesOf(directory: string, limits = siteLimits): Promise<string[]> {
  const { problems } = await walkSite(directory, limits);
  for (const problem of problems) assert.ok(problem.fix && problem.where, problem.code);
  return problems.map((problem) => problem.code);
}

test('a site is taken in whole: files by hash, and a manifest in order', async () => {
  const directory = siteOf({ 'index.html': 'hello', 'a/b.css': 'body{}', '.well-known/x': 'y', '.env': 'SECRET=1' });
  const blobs = newBlobs();
  const taken = await takeSite(directory, blobs);
  assert.ok('site' in taken);
  assert.deepEqual({ files: taken.site.files, bytes: taken.site.bytes }, { files: 3, bytes: 12 });
  const manifest = readFileSync(blobs.path(taken.site.manifest));
  assert.equal(sha256(manifest), taken.site.manifest);
  const { files } = siteManifestSchema.parse(JSON.parse(manifest.toString()));
  assert.deepEqual(
    files.map((file) => file.path),
    ['.well-known/x', 'a/b.css', 'index.html'],
  );
  for (const file of files) assert.equal(sha256(readFileSync(blobs.path(file.sha256))), file.sha256);
});

test('what was taken in stays when the directory changes, and an equal site has an equal digest', async () => {
  const directory = siteOf({ 'index.html': 'one' });
  const blobs = newBlobs();
  const first = await takeSite(directory, blobs);
  writeFileSync(join(directory, 'index.html'), 'two');
  const second = await takeSite(directory, blobs);
  const again = await takeSite(siteOf({ 'index.html': 'one' }), blobs);
  assert.ok('site' in first && 'site' in second && 'site' in again);
  assert.notEqual(first.site.manifest, second.site.manifest);
  assert.equal(again.site.manifest, first.site.manifest);
  assert.equal(readFileSync(blobs.path(sha256('one')), 'utf8'), 'one');
});

test('sweeping keeps what is named and removes the rest', async () => {
  const blobs = newBlobs();
  const one = await blobs.addBytes(Buffer.from('one'));
  const two = await blobs.addBytes(Buffer.from('two'));
  assert.equal(await blobs.sweep(new Set([one.sha256])), 1);
  assert.equal(await blobs.bytesOf(one.sha256), 3);
  assert.equal(await blobs.bytesOf(two.sha256), undefined);
  assert.equal(await blobs.bytesOf('../../etc/passwd'), undefined);
});

test('a link is followed to a plain file of the site, and nowhere else', async () => {
  const inside = siteOf({ 'index.html': 'x' });
  symlinkSync('index.html', join(inside, 'home.html'));
  assert.deepEqual(await codesOf(inside), []);
  const outside = siteOf({ 'index.html': 'x' });
  symlinkSync('/etc/hostname', join(outside, 'host'));
  assert.deepEqual(await codesOf(outside), ['control.site-link']);
  const circle = siteOf({ 'index.html': 'x', '.env': 'SECRET=1' });
  symlinkSync('.', join(circle, 'again'));
  symlinkSync('.env', join(circle, 'env.txt'));
  assert.deepEqual(await codesOf(circle), ['control.site-link', 'control.site-link']);
  const dangling = siteOf({ 'index.html': 'x' });
  symlinkSync('nothing', join(dangling, 'lost'));
  assert.deepEqual(await codesOf(dangling), ['control.site-unreadable']);
});

test('a site that cannot be published names its problem', async (t) => {
  const directory = siteOf({ a: '12345', 'b/c': '12345' });
  assert.deepEqual(await codesOf(join(root, 'nowhere')), ['control.site-unreadable']);
  assert.deepEqual(await codesOf(join(directory, 'a')), ['control.site-directory']);
  assert.deepEqual(await codesOf(siteOf({ '.hidden': '' })), ['control.site-empty']);
  assert.deepEqual(await codesOf(directory, { ...siteLimits, files: 1 }), ['control.site-files']);
  assert.deepEqual(await codesOf(directory, { ...siteLimits, totalBytes: 9 }), ['control.site-size']);
  assert.deepEqual(await codesOf(directory, { ...siteLimits, fileBytes: 4 }), [
    'control.site-file-size',
    'control.site-file-size',
  ]);
  assert.deepEqual(await codesOf(directory, { ...siteLimits, depth: 0 }), ['control.site-depth']);
  const withSocket = siteOf({ a: '1' });
  const server = createServer().listen(join(withSocket, 'socket'));
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  assert.deepEqual(await codesOf(withSocket), ['control.site-special-file']);
});

test('a refused site leaves no half-written blob behind', async () => {
  const blobs = newBlobs();
  await assert.rejects(blobs.addFile(join(root, 'nowhere')));
  await blobs.addBytes(Buffer.from('x'));
  assert.deepEqual(readdirSync(join(blobs.directory, 'unfinished')), []);
});
