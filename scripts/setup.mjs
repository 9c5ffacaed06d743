/**
 * Installs the project's npm packages where the lock file changed since the last time. Runs before `npm start` and `npm test`.
 *
 * Why: a fresh clone needs one command. Runs under the machine's own Node, which may be older than the one the project brings.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.nearcast-installed');
const digest = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  console.error('nearcast: installing packages (once for each change of package-lock.json) …');
  const install = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', install, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error(`error: npm ci failed${error ? ` (${error.message})` : ''}`);
    console.error('  fix: check that this machine reaches an npm registry (npm ping), then run the command again');
    process.exit(1);
  }
  writeFileSync(stamp, digest);
}

const packaged = existsSync(join(root, 'node_modules', '.bin', 'node'));
const systemMajor = Number(process.versions.node.split('.')[0]);
if (!packaged && systemMajor < 24) {
  console.error(`error: Nearcast needs Node 24 or newer; this machine has ${process.version}`);
  console.error('  fix: install Node 24 (for Linux on x64 and arm64 the project brings it along; here it could not)');
  process.exit(1);
}
