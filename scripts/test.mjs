/**
 * `npm test`: types, format and lint, then all tests. With CI=true it first installs the real peers of the interop tests.
 *
 * Runs under the Node that the project brings (npm puts it first on PATH).
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(`error: the tests need Node 24 or newer; this is ${process.version}`);
  console.error('  fix: run them as `npm test`, which brings the right one');
  process.exit(1);
}

function run(command, args, env = {}) {
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) {
    console.error(`failed: ${command} ${args.slice(0, 3).join(' ')} (${signal ?? `exit code ${status}`})`);
    process.exit(status ?? 1);
  }
}

if (process.env.CI === 'true') run('sh', ['scripts/install-test-peers.sh']);

const asked = process.argv.slice(2);
if (asked.length === 0) {
  run('tsc', []);
  run('biome', ['ci', '.']);
}
const files =
  asked.length > 0 ? asked : globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts']).sort();
// Whole networks run as processes beside the tests, on machines of few cores: two files at a time.
run(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=spec', '--test-timeout=180000', ...files], {
  NODE_COMPILE_CACHE: 'node_modules/.cache/nearcast',
});
