/** Control's bad days: at start, at a reload, and beside another one. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { exitCode } from '../base/exit-codes.ts';
import { ProblemError } from '../base/problem.ts';
import { ControlFixture } from '../testing/control-fixture.ts';

let fixture: ControlFixture;
beforeEach(() => {
  fixture = new ControlFixture();
});
afterEach(() => fixture.end());

const status = async () => JSON.parse((await fixture.ask('/api/v1/status')).text);

async function refused(start: Promise<unknown>, code: string): Promise<ProblemError> {
  const error = await start.then(
    () => assert.fail(`${code}: it started`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ProblemError, String(error));
  const problem = error.problems.find((it) => it.severity === 'error');
  assert.equal(problem?.code, code, error.message);
  assert.ok(problem?.fix, `${code} has a fix`);
  return error;
}

test('a restart keeps epoch, numbers and drains; an unchanged file changes nothing', async () => {
  await fixture.start();
  await fixture.json('/api/v1/pops/fra/drain', 'POST', { force: true });
  const before = await status();
  await fixture.control?.close();
  await fixture.start();
  const after = await status();
  assert.deepEqual([after.epoch, after.sequence], [before.epoch, before.sequence]);
  assert.equal(after.pops.find((pop: { name: string }) => pop.name === 'fra').drainWanted, true);
});

test('a bad network file at start is refused with all its problems, and leaves the store as it was', async () => {
  await fixture.start();
  const { sequence } = await status();
  await fixture.control?.close();
  fixture.writeNetwork((text) => text.replace('asn: 64500', 'asn: 0').replace('docs.example.com: docs', 'x: nothing'));
  const error = await refused(fixture.start(), 'network.asn-zero');
  assert.equal(error.exitCode, exitCode.invalidInput);
  assert.ok(error.problems.filter((problem) => problem.severity === 'error').length >= 2, error.message);
  fixture.writeNetwork();
  await fixture.start();
  assert.equal((await status()).sequence, sequence);
});

test('a missing network file is refused', async () => {
  rmSync(fixture.networkFile);
  await refused(fixture.start(), 'network.file-unreadable');
});

test('a reload publishes what changed; a bad file keeps the last good state and shows in the status', async () => {
  const control = await fixture.start();
  const before = await status();
  fixture.writeNetwork((text) => `${text}  new.example.com: docs\n`);
  assert.equal(await control.reload(), true);
  assert.equal((await status()).sequence, before.sequence + 1);
  fixture.writeNetwork((text) => text.replace('asn: 64500', 'asn: -1'));
  assert.equal(await control.reload(), false);
  const bad = await status();
  assert.equal(bad.sequence, before.sequence + 1);
  assert.ok(bad.domains.includes('new.example.com'));
  assert.ok(bad.problems.length >= 1);
  assert.match(bad.problems[0].where, /network\.yaml:\d+:\d+/);
  fixture.writeNetwork((text) => `${text}  new.example.com: docs\n`);
  assert.equal(await control.reload(), true);
  assert.deepEqual((await status()).problems, []);
});

test('a site that changed is published at a reload; the old version stays as long as the log knows it', async () => {
  const control = await fixture.start();
  const manifestOf = async () => {
    const { services } = JSON.parse((await fixture.ask('/api/v1/services')).text);
    return services.find((service: { name: string }) => service.name === 'docs').service.manifest as string;
  };
  const before = await manifestOf();
  writeFileSync(join(fixture.directory, 'site', 'index.html'), 'changed');
  assert.equal(await manifestOf(), before);
  assert.equal(await control.reload(), true);
  const after = await manifestOf();
  assert.notEqual(after, before);
  const headers = fixture.authorization('fra');
  for (const manifest of [before, after]) {
    assert.equal((await fixture.ask(`/api/v1/agent/blobs/${manifest}`, { headers })).status, 200);
  }
  rmSync(join(fixture.directory, 'site', 'index.html'));
  assert.equal(await control.reload(), false, 'an empty site is refused');
  assert.equal(await manifestOf(), after);
});

test('two reloads at once are two reloads after another', async () => {
  const control = await fixture.start();
  fixture.writeNetwork((text) => `${text}  new.example.com: docs\n`);
  const { sequence } = await status();
  assert.deepEqual(await Promise.all([control.reload(), control.reload()]), [true, true]);
  assert.equal((await status()).sequence, sequence + 1);
});

test('a second control on the same state directory is refused, and told who has it', async () => {
  await fixture.start();
  const first = fixture.control;
  const error = await refused(fixture.start(), 'control.store-locked');
  assert.match(error.message, new RegExp(`process ${process.pid}`));
  fixture.control = first;
  assert.equal((await fixture.ask('/healthz')).status, 200);
});

test('a port in use is named, with the option that changes it; the store is let go', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const error = await refused(fixture.start({ apiPort: port }), 'control.port-in-use');
  assert.match(error.message, new RegExp(String(port)));
  assert.match(error.problems[0]?.fix ?? '', /--api-port/);
  await new Promise((resolve) => other.close(resolve));
  await fixture.start({ apiPort: port });
});

test('an address that is not this machine’s is refused', async () => {
  const tokenFile = join(fixture.directory, 'admin.token');
  writeFileSync(tokenFile, 'correct-horse-battery-staple', { mode: 0o600 });
  await refused(fixture.start({ apiHost: '192.0.2.77', apiTokenFile: tokenFile }), 'control.cannot-listen');
});

test('beyond loopback it needs a token, before it touches anything', async () => {
  for (const apiHost of ['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.evil.example']) {
    await refused(fixture.start({ apiHost }), 'control.token-needed');
  }
  assert.equal(existsSync(fixture.state), false);
});

test('a damaged store is refused and left as it is', async () => {
  await fixture.start();
  await fixture.control?.close();
  const database = join(fixture.state, 'control.db');
  writeFileSync(database, 'not a database at all, but long enough to be taken for one'.repeat(100));
  const before = readFileSync(database);
  const error = await refused(fixture.start(), 'control.store-corrupt');
  assert.equal(error.exitCode, exitCode.failure);
  assert.ok(readFileSync(database).equals(before));
});

test('closing twice is closing once', async () => {
  const control = await fixture.start();
  await Promise.all([control.close(), control.close()]);
});
