/**
 * The package as it would be published: built, packed, unpacked into another project, and used there by its name.
 *
 * The project's dependencies are linked from this checkout instead of being installed, so that the test needs no registry; that
 * they are declared is what it sees, since nothing else is linked.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

function run(directory: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Links a package, with its scope's folder where it has one. */
function link(modules: string, name: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(resolve('node_modules', name), join(modules, name));
}

describe('the published package', () => {
  let project = '';

  const directory = mkdtempSync(join(tmpdir(), 'nearcast-package-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  before(() => {
    const [source, modules] = [join(directory, 'source'), join(directory, 'project', 'node_modules')];
    project = dirname(modules);
    mkdirSync(source);
    mkdirSync(modules, { recursive: true });
    for (const file of ['package.json', ...manifest.files.filter((name) => name !== 'dist')]) {
      cpSync(file, join(source, file), { recursive: true });
    }
    run('.', 'tsc', '-p', 'tsconfig.build.json', '--outDir', join(source, 'dist'));
    const [packed] = JSON.parse(run(source, 'npm', 'pack', '--json', '--offline', '--ignore-scripts')) as [
      { filename: string },
    ];
    run(directory, 'tar', 'xzf', join(source, packed.filename));
    renameSync(join(directory, 'package'), join(modules, 'nearcast'));
    for (const name of Object.keys(manifest.dependencies)) link(modules, name);
    for (const name of ['typescript', '@types/node']) link(modules, name);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  });

  test('holds no tests and no sources', () => {
    const files = run(join(project, 'node_modules/nearcast'), 'find', '.', '-type', 'f').split('\n');
    assert.ok(files.includes('./dist/bgp/mod.js') && files.includes('./dist/bgp/mod.d.ts'));
    const superfluous = files.filter((file) => /\.(test|vectors|contract)\.|\/testing\/|\/src\//.test(file));
    assert.deepEqual(superfluous, []);
  });

  test('a program imports it by its name, and ends', () => {
    writeFileSync(
      join(project, 'main.js'),
      `import { acceptAll, announceOwn, createSpeaker, codecContext, decodeMessage } from 'nearcast/bgp';
import { bfdBeside, createBfd } from 'nearcast/bfd';
const bfd = createBfd({ realtime: false });
const timers = { desiredMinTxMs: 1000, requiredMinRxMs: 1000, detectMultiplier: 3 };
const witness = bfdBeside(bfd, { id: 'x', localAddress: '127.0.9.101', remoteAddress: '127.0.9.102', timers });
const one = createSpeaker({ asn: 64500, routerId: '10.0.0.1' });
const two = createSpeaker({ asn: 64501, routerId: '10.0.0.2' });
const heard = new Promise((resolve) => two.on('best', resolve));
const { listen } = await two.addPeer({
  address: '127.0.0.1', asn: 64500, connect: 'passive', localAddress: '127.0.0.1', listenPort: 0, importPolicy: acceptAll,
  nextHops: { ipv4: '192.0.2.9' },
});
await one.addPeer({ address: '127.0.0.1', asn: 64501, port: listen.port, exportPolicy: announceOwn, bfd: witness });
one.announce('192.0.2.0/24', { communities: ['64500:1'] });
const { best } = await heard;
console.log(JSON.stringify(best.attributes.communities), decodeMessage(new Uint8Array(3), codecContext()).ok);
await one.stop();
await two.stop();
await bfd.stop();
`,
    );
    assert.equal(run(project, process.execPath, 'main.js').trim(), '[4227072001] false');
  });

  test('a TypeScript program gets its types', () => {
    writeFileSync(
      join(project, 'typed.ts'),
      `import { createSpeaker, type Peer, type Policy, readMrt, type SpeakerEvents } from 'nearcast/bgp';
const policy: Policy = { terms: [], otherwise: 'accept' };
const peer: Peer = { address: '198.51.100.1', asn: 64501, importPolicy: policy, role: 'customer' };
const speaker = createSpeaker({ asn: 64500, routerId: '198.51.100.2' });
speaker.on('best', ({ best }: SpeakerEvents['best']) => console.log(best?.attributes.asPath?.[0]?.asns));
export const added: Promise<{ readonly id: string }> = speaker.addPeer(peer);
for await (const entry of readMrt('x')) if (entry.type === 'rib') console.log(entry.prefix.length, entry.originatedTime);
// @ts-expect-error a word that no peer has
export const wrong: Peer = { address: '198.51.100.1', asn: 64501, holdTime: 9 };
`,
    );
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] },
        files: ['typed.ts'],
      }),
    );
    run(project, 'tsc', '-p', 'tsconfig.json');
  });

  test('what the page shows beside the examples is right', () => {
    const page = readFileSync('docs/bgp-library.md', 'utf8');
    const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);
    const snippets = blocks.filter((code) => !code.startsWith('/**'));
    assert.equal(snippets.length, 2);
    writeFileSync(join(project, 'typed.ts'), snippets.join('\n'));
    run(project, 'tsc', '-p', 'tsconfig.json');
  });

  test('the command runs from it', () => {
    const output = run(project, process.execPath, 'node_modules/nearcast/dist/cli/main.js', '--version');
    assert.match(output, /^\d+\.\d+\.\d+\n$/);
  });
});
