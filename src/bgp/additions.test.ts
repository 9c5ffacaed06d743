/**
 * What `docs/bgp.md` says of adding an attribute, a capability and a family, done to a copy of the sources: the files that it shows, the table
 * lines and the names, and nothing else. The copy must compile, and its speaker must carry all three.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary.ts';

const root = join(import.meta.dirname, '../..');
const section =
  /\n## Adding an attribute.*?(?=\n## |$)/s.exec(readFileSync(join(root, 'docs/bgp.md'), 'utf8'))?.[0] ?? '';

/** The new files, by their paths. */
const files = [...section.matchAll(/`(src\/bgp\/\S+\.ts)`:\n\n```ts\n(.*?)```/gs)].map(([, path = '', text = '']) => ({
  path,
  text,
}));
/** The table lines. */
const lines = [...section.matchAll(/In `(\S+table\.ts)` the line `([^`]+)`/g)].map(([, path = '', line = '']) => ({
  path,
  line,
}));
/** What goes into `types.ts`, each behind the text that it is put after. */
const names = [...section.matchAll(/(?:the field|the member|the name):\n\n```ts\n(.*?)```/gs)].map(([, text = '']) =>
  text.trimEnd(),
);
const places = [
  'export interface PathAttributes {',
  'export type Capability =',
  "export type AddressFamily = 'ipv4-unicast'",
];

function copyWithAdditions(directory: string): void {
  for (const room of ['base', 'ip', 'bgp']) {
    cpSync(join(root, 'src', room), join(directory, 'src', room), {
      recursive: true,
      filter: (path) => !/\.(test|vectors)\.ts$/.test(path),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(directory, name));
  const edit = (path: string, change: (text: string) => string): void => {
    const [before, at] = [readFileSync(join(directory, path), 'utf8'), join(directory, path)];
    const after = change(before);
    assert.notEqual(after, before, `${path} has changed`);
    writeFileSync(at, after);
  };
  for (const [index, { path, text }] of files.entries()) {
    assert.ok(!existsSync(join(directory, path)), `${path} is new`);
    writeFileSync(join(directory, path), text);
    const { path: table, line } = lines[index] as (typeof lines)[number];
    const exported = /export const (\w+)/.exec(text)?.[1] ?? '';
    // At the end of the table: its first closing bracket at the start of a line behind its declaration.
    edit(table, (old) =>
      `import { ${exported} } from './${path.split('/').at(-1)}';\n${old}`.replace(
        /(Table\b[^\n]*= [[{]\n.*?)\n([\]}];)/s,
        `$1\n${line}\n$2`,
      ),
    );
  }
  for (const [index, text] of names.entries()) {
    const place = places[index] as string;
    edit('src/bgp/message/types.ts', (old) => old.replace(place, `${place}\n${text}`));
  }
}

const script = `
import assert from 'node:assert/strict';
import { seededRandom } from './src/base/random.ts';
import { parseAddress } from './src/ip/address.ts';
import { mustPrefix } from './src/ip/prefix.ts';
import { decodeMessage, encodeMessage } from './src/bgp/message/codec.ts';
import { MessageFramer } from './src/bgp/message/framer.ts';
import { attributesJson } from './src/bgp/message/json.ts';
import type { Capability, CodecContext, Message, UpdateMessage } from './src/bgp/message/types.ts';
import { acceptAll } from './src/bgp/policy/common.ts';
import { attributesEqual } from './src/bgp/rib/attributes-equal.ts';
import { createSpeakerCore } from './src/bgp/speaker/speaker.ts';
import type { SpeakerEffect, SpeakerEvent } from './src/bgp/speaker/types.ts';

const address = (text: string) => parseAddress(text) ?? assert.fail(text);
const families = ['ipv4-unicast', 'ipv4-multicast'] as const;
const codec: CodecContext = { fourOctetAsn: true, external: true, families };
const core = createSpeakerCore({ asn: 64500, routerId: address('10.0.0.1') }, seededRandom(1));
const heard: Message[] = [];
const framer = new MessageFramer();
function step(event: SpeakerEvent): readonly SpeakerEffect[] {
  const effects = core.step(event);
  for (const effect of effects) {
    if (effect.type !== 'send' || effect.peer !== 'b') continue;
    for (const raw of framer.push(effect.bytes).messages) {
      const decoded = decodeMessage(raw, codec);
      assert.ok(decoded.ok);
      if (decoded.message.type === 'update' && decoded.message.endOfRib === undefined) heard.push(decoded.message);
    }
  }
  return effects;
}
const say = (peer: string, ...messages: Message[]) =>
  step({ type: 'bytes', peer, side: 'incoming', bytes: Buffer.concat(messages.flatMap((one) => [...encodeMessage(one, codec)])) });
const named: Capability = { kind: 'host-name', name: 'fra1' };
for (const [index, id] of ['a', 'b'].entries()) {
  const [peerAsn, at] = [64501 + index, address(\`203.0.113.\${index + 1}\`)];
  const nextHops = { ipv4: address('203.0.113.254') };
  const policies = { importPolicy: acceptAll, exportPolicy: acceptAll };
  step({ type: 'add-peer', peer: { id, peerAsn, address: at, families, nextHops, holdTimeSeconds: 90, ...policies } });
  step({ type: 'connected', peer: id, side: 'incoming' });
  const capabilities: Capability[] = [
    ...families.map((family) => ({ kind: 'multiprotocol', family }) as const),
    { kind: 'four-octet-asn', asn: peerAsn },
    named,
  ];
  say(id, { type: 'open', asn: peerAsn, holdTimeSeconds: 90, routerId: at, capabilities }, { type: 'keepalive' });
}
assert.deepEqual(core.neighbors()[0]?.negotiated?.peerCapabilities.find(({ kind }) => kind === 'host-name'), named);

const prefix = mustPrefix('192.0.2.0/24');
const nothing = { type: 'update', withdrawn: [], reach: [], attributes: {}, errors: [] } as const;
const announcement = (family: (typeof families)[number], accumulatedMetric: number): UpdateMessage => ({
  ...nothing,
  reach: [{ family, nextHop: address('203.0.113.1'), prefixes: [prefix] }],
  attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64501] }], accumulatedMetric },
});
const both = [announcement('ipv4-unicast', 1), announcement('ipv4-multicast', 0x1_0000_0002)];
say('a', ...both);
const best = [...core.bestRoutes()];
assert.deepEqual(best.map(({ family, attributes }) => [family, attributesJson(attributes)['accumulatedMetric']]), [
  ['ipv4-unicast', 1],
  ['ipv4-multicast', 0x1_0000_0002],
]);
assert.equal(core.lookup(address('192.0.2.1'))?.family, 'ipv4-unicast');
assert.ok(!attributesEqual(best[0]?.attributes ?? {}, best[1]?.attributes ?? {}));
const families2 = (all: readonly { readonly family: string }[]) => all.map(({ family }) => family);
assert.deepEqual(families2(heard.splice(0).flatMap((one) => (one.type === 'update' ? one.reach : []))), [...families]);

say('a', { ...nothing, withdrawn: [{ family: 'ipv4-multicast', prefixes: [prefix] }] });
assert.deepEqual(families2([...core.bestRoutes()]), ['ipv4-unicast'], 'the other family is left alone');
assert.deepEqual(heard.splice(0).flatMap((one) => (one.type === 'update' ? one.withdrawn : [])), [
  { family: 'ipv4-multicast', prefixes: [prefix] },
]);
step({ type: 'announce', route: { prefix, family: 'ipv4-multicast', attributes: {} } });
assert.equal(core.decision(prefix, 'ipv4-multicast')?.best.source.peer, 'local');
assert.equal(core.decision(prefix)?.best.source.peer, 'a');
step({ type: 'withdraw', prefix, family: 'ipv4-multicast' });
step({ type: 'closed', peer: 'a', side: 'incoming' });
assert.deepEqual([...core.bestRoutes()], []);
console.log('all three are carried');
`;

test('an attribute, a capability and a family are a file, a table line and a name', (t) => {
  assert.deepEqual([files.length, lines.length, names.length], [3, 3, 3], 'the section shows all of it');
  const directory = temporaryDirectory(t);
  copyWithAdditions(directory);
  writeFileSync(join(directory, 'carry.ts'), script);
  const run = (file: string, ...rest: string[]): string => {
    try {
      return execFileSync(file, rest, { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      throw new Error(
        (error as { stdout?: string; stderr?: string }).stdout || String((error as { stderr?: string }).stderr),
      );
    }
  };
  run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--noEmit');
  assert.equal(run(process.execPath, 'carry.ts'), 'all three are carried\n');
});
