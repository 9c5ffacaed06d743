import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { type FakeControl, startFakeControl } from '../testing/fake-control.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { blobsFrom } from './blobs.ts';
import { createControlClient } from './control-client.ts';
import { createSites, type Sites } from './sites.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

/** Publishes a site at the fake control and returns its manifest's SHA-256. */
function publish(
  control: FakeControl,
  files: Record<string, string>,
  changed: (manifest: object) => void = () => {},
): string {
  const manifest = {
    files: Object.entries(files).map(([path, content]) => ({
      path,
      sha256: sha256(content),
      bytes: Buffer.byteLength(content),
    })),
  };
  changed(manifest);
  for (const content of Object.values(files)) control.blobs.set(sha256(content), Buffer.from(content));
  const text = JSON.stringify(manifest);
  control.blobs.set(sha256(text), Buffer.from(text));
  return sha256(text);
}

interface Setup {
  readonly control: FakeControl;
  readonly directory: string;
  open(before?: ReadonlyMap<string, string>): Sites;
}

async function setUp(context: TestContext): Promise<Setup> {
  const control = await startFakeControl();
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'token'), control.token);
  const client = createControlClient({ url: control.url, tokenFile: join(directory, 'token') });
  context.after(() => {
    client.close();
    return control.close();
  });
  const root = join(directory, 'sites');
  return {
    control,
    directory: root,
    open(before = new Map()) {
      const sites = createSites({
        directory: root,
        blobs: blobsFrom(client),
        clock: systemClock,
        random: seededRandom(1),
        logger: silentLogger,
        before,
        onChange: () => {},
      });
      context.after(() => sites.stop());
      return sites;
    },
  };
}

const first = { 'index.html': '<h1>one</h1>', 'css/style.css': 'h1 { color: teal }', 'empty.txt': '' };

test('sites: copies a site, links what did not change into the next, and prunes the old only when told', async (context) => {
  const { control, directory, open } = await setUp(context);
  const sites = open();
  const one = publish(control, first);
  sites.want(new Map([['docs', one]]));
  await waitFor('the first copy', () => sites.directories().get('docs') === join(directory, one));
  for (const [path, content] of Object.entries(first))
    assert.equal(readFileSync(join(directory, one, path), 'utf8'), content);

  control.blobRequests.length = 0;
  const two = publish(control, { ...first, 'index.html': '<h1>two</h1>' });
  sites.want(new Map([['docs', two]]));
  await waitFor('the second copy', () => sites.directories().get('docs') === join(directory, two));
  assert.deepEqual(control.blobRequests.sort(), [two, sha256('<h1>two</h1>')].sort());
  const inode = (manifest: string): number => statSync(join(directory, manifest, 'css/style.css')).ino;
  assert.equal(inode(one), inode(two));

  await sites.prune();
  assert.deepEqual(readdirSync(directory).sort(), [two, `${two}.json`]);
});

test('sites: content that is not what its name says is refused; the old version stays, and a mended one is taken', async (context) => {
  const { control, directory, open } = await setUp(context);
  const sites = open();
  const one = publish(control, first);
  sites.want(new Map([['docs', one]]));
  await waitFor('the first copy', () => sites.directories().has('docs'));

  const two = publish(control, { 'index.html': '<h1>two</h1>' });
  control.blobs.set(sha256('<h1>two</h1>'), Buffer.from('<h1>2wo</h1>'));
  sites.want(new Map([['docs', two]]));
  await waitFor('the problem', () => sites.problems()[0]?.code === 'agent.site-not-copied');
  assert.match(sites.problems()[0]?.what ?? '', /another SHA-256.*the version before it is served/);
  assert.equal(sites.directories().get('docs'), join(directory, one));
  assert.ok(!readdirSync(directory).some((name) => name.includes(two)), 'nothing half-made is left');

  control.blobs.set(sha256('<h1>two</h1>'), Buffer.from('<h1>two</h1>'));
  await waitFor('the mended copy', () => sites.directories().get('docs') === join(directory, two));
  assert.deepEqual(sites.problems(), []);
});

const badManifests: readonly [string, (manifest: { files: { path: string; bytes: number }[] }) => void, RegExp][] = [
  [
    'a path that leads out of the site',
    (m) => Object.assign(m.files[0] as object, { path: '../../index.html' }),
    /unsafe path/,
  ],
  ['an absolute path', (m) => Object.assign(m.files[0] as object, { path: '/etc/index.html' }), /unsafe path/],
  [
    'more bytes than a file has',
    (m) => Object.assign(m.files[0] as object, { bytes: 1_000 }),
    /its manifest says 1000/,
  ],
  ['fewer bytes than a file has', (m) => Object.assign(m.files[0] as object, { bytes: 3 }), /more than the 3 bytes/],
  ['a file in a file', (m) => Object.assign(m.files[0] as object, { path: 'empty.txt/index.html' }), /EEXIST|ENOTDIR/],
];
for (const [what, change, expected] of badManifests) {
  test(`sites: a manifest with ${what} is refused, and nothing is left of it`, async (context) => {
    const { control, directory, open } = await setUp(context);
    const sites = open();
    sites.want(new Map([['docs', publish(control, first, change as (manifest: object) => void)]]));
    await waitFor('the problem', () => sites.problems().length === 1);
    assert.match(sites.problems()[0]?.what ?? '', expected);
    assert.ok(sites.settled());
    assert.equal(sites.directories().size, 0);
    assert.deepEqual(readdirSync(directory), []);
  });
}

test('sites: with control away an earlier whole copy is used, and one that lost bytes is not', async (context) => {
  const { control, directory, open } = await setUp(context);
  const one = publish(control, first);
  const before = open();
  before.want(new Map([['docs', one]]));
  await waitFor('the copy', () => before.directories().has('docs'));
  before.stop();
  await control.close();

  const again = open(new Map([['docs', join(directory, one)]]));
  again.want(new Map([['docs', one]]));
  await waitFor('the search', () => again.settled());
  assert.equal(again.directories().get('docs'), join(directory, one));
  again.stop();

  truncateSync(join(directory, one, 'index.html'), 3);
  const broken = open(new Map([['docs', join(directory, one)]]));
  broken.want(new Map([['docs', one]]));
  await waitFor('the search', () => broken.settled());
  assert.equal(broken.directories().size, 0);
});

test('sites: with control away and a version not yet here, the one before is served', async (context) => {
  const { control, directory, open } = await setUp(context);
  const one = publish(control, first);
  const before = open();
  before.want(new Map([['docs', one]]));
  await waitFor('the copy', () => before.directories().has('docs'));
  before.stop();
  const two = publish(control, { 'index.html': 'two' });
  await control.close();
  const again = open(new Map([['docs', join(directory, one)]]));
  again.want(new Map([['docs', two]]));
  await waitFor('the try', () => again.settled());
  assert.equal(again.directories().get('docs'), join(directory, one));
});
