/** However a lab ends, nothing of it is left: no process, no port, no temporary file. And a lab that cannot start says why. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { portAllocator, portIsFree } from '../../src/lab/ports.ts';
import { copyQuickstart, get, nearcastBinary, pidsNaming, startLabProcess } from '../../src/testing/lab-process.ts';
import { waitFor } from '../../src/testing/wait.ts';

describe('the end of a lab', { timeout: 170_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const) {
    test(`${signal} leaves no process and no port`, async () => {
      const lab = await startLabProcess();
      assert.ok(lab.processes().length >= 7, 'control, three agents, three edges');
      const ports = [lab.apiPort, ...(await lab.status()).vantages.map(({ url }) => Number(new URL(url).port))];
      await lab.end(signal);
      for (const port of ports) assert.ok(await portIsFree(port), `port ${port} is free again`);
      if (signal !== 'SIGKILL') assert.equal(lab.child.exitCode, 0);
    });
  }

  test('the death of the parent ends it, and the temporary directory goes, too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-test-'));
    const networkFile = await copyQuickstart(directory);
    const apiPort = await portAllocator(systemRandom())();
    // A shell that stays stands for npm.
    const command = `'${nearcastBinary}' lab '${networkFile}' --api-port ${apiPort} --vantage-port 0; exit $?`;
    const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    shell.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    await waitFor('the lab to be ready', () => /^ready/m.test(output), 60_000);
    const state = /Logs and state: (\S+)/.exec(output)?.[1] as string;
    assert.ok(existsSync(state));
    shell.kill('SIGKILL');
    await waitFor(
      'all processes to end',
      () => pidsNaming(state).length + pidsNaming(networkFile).length === 0,
      20_000,
    );
    await waitFor('the directory to go', () => !existsSync(state));
    assert.ok(await portIsFree(apiPort));
    rmSync(directory, { recursive: true });
  });

  test('a second lab on the same port says so, and the first goes on', async () => {
    const lab = await startLabProcess();
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-'));
    const second = spawnSync(nearcastBinary, ['lab', '--api-port', String(lab.apiPort), '--vantage-port', '0'], {
      timeout: 20_000,
    });
    assert.equal(second.status, 1);
    assert.match(second.stderr.toString(), new RegExp(`port ${lab.apiPort} .*in use[\\s\\S]*--api-port`));
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-')),
      before,
    );
    assert.equal((await get(`${lab.vantageUrl('london')}/`, { host: 'docs.example.com' })).status, 200);
    await lab.end();
  });

  test('SIGQUIT takes the temporary directory along', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-'));
    const apiPort = await portAllocator(systemRandom())();
    const lab = spawn(nearcastBinary, ['lab', '--api-port', String(apiPort), '--vantage-port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    lab.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    await waitFor('the lab to be ready', () => /^ready/m.test(output), 60_000);
    lab.kill('SIGQUIT');
    await waitFor('the lab to end', () => lab.exitCode !== null || lab.signalCode !== null, 30_000);
    assert.equal(lab.exitCode, 0);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-')),
      before,
    );
  });

  test('a reader that goes away ends it, and nothing stays', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-'));
    const apiPort = await portAllocator(systemRandom())();
    const lab = spawn(nearcastBinary, ['lab', '--api-port', String(apiPort), '--vantage-port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    lab.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    lab.stdout.once('data', () => lab.stdout.destroy());
    await waitFor('the lab to end', () => lab.exitCode !== null, 30_000);
    assert.equal(lab.exitCode, 0);
    assert.equal(said, '');
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('nearcast-lab-')),
      before,
    );
  });

  for (const [what, state, code] of [
    ['is a file', 'package.json', 'lab.state-directory'],
    ['cannot be made', '/proc/nearcast', 'lab.state-directory'],
    ['has too long a path', `/tmp/${'a'.repeat(100)}`, 'lab.state-path-too-long'],
  ] as const) {
    test(`a state directory that ${what} is a clear error`, () => {
      const args = ['lab', '--state', state, '--api-port', '0', '--vantage-port', '0'];
      const { status, stderr } = spawnSync(nearcastBinary, args, { timeout: 20_000 });
      assert.equal(status, 1);
      assert.match(stderr.toString(), new RegExp(`fix: .*--state DIR\\n {2}code: {2}${code.replace('.', '\\.')}`));
    });
  }

  test('a wrong network file is refused with all its problems, before anything is started', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-test-'));
    const file = await copyQuickstart(directory);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('asn: 64500', 'asn: 0').replace('location: Frankfurt', 'location: Frankfort'),
    );
    const result = spawnSync(nearcastBinary, ['lab', file, '--api-port', '0'], { timeout: 20_000 });
    assert.equal(result.status, 3);
    assert.match(
      result.stderr.toString(),
      /network\.yaml:\d+:\d+ {2}asn[\s\S]*network\.yaml:\d+:\d+ {2}pops\.fra\.location/,
    );
    rmSync(directory, { recursive: true });
  });
});
