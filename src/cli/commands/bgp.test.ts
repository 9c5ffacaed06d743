/** `nearcast bgp decode` as a process, and its parts: a line out for each line in, whatever stands in it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { toHex } from '../../base/bytes.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { mandatory, nlri, rfc7606Rows } from '../../bgp/message/rfc7606.vectors.ts';
import { updateBytes } from '../../bgp/message/shape.vectors.ts';
import { contextOf, decodeLine } from '../bgp-decode/decode-line.ts';
import { HexLines } from '../bgp-decode/hex-lines.ts';
import { decodeStream } from '../bgp-decode/run.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

interface Answer {
  readonly type: string;
  readonly outcome?: string;
  readonly withdrawn?: readonly unknown[];
  readonly nlri?: readonly unknown[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly errors: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

function decode(input: string | Uint8Array, ...flags: string[]): Answer[] {
  const run = spawnSync(process.execPath, [main, 'bgp', 'decode', ...flags], { input, maxBuffer: 64 * 1024 * 1024 });
  assert.equal(run.status, exitCode.ok, run.stderr.toString());
  assert.equal(run.stderr.toString(), '');
  const text = run.stdout.toString();
  assert.ok(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer);
}

const marker = 'ff'.repeat(16);
const keepalive = `${marker}001304`;

test('spaces, colons, capitals, CRLF and a missing marker make no difference', () => {
  const lines = [
    keepalive,
    '001304',
    keepalive.toUpperCase(),
    (keepalive.match(/../g) as string[]).join(':'),
    ` ${(keepalive.match(/.{4}|..$/g) as string[]).join(' ')}\t`,
    `${keepalive}\r`,
  ];
  const answers = decode(lines.join('\n'));
  assert.deepEqual(
    answers,
    lines.map(() => ({ type: 'keepalive', outcome: 'accept', errors: [] })),
  );
});

test('an UPDATE with all that we name', () => {
  const attributes = `
    ${mandatory} 80 04 04 0000000a 40 05 04 00000064 40 06 00 c0 07 08 0000fbf4 c0000202 c0 08 08 ffff0000 fbf40001
    80 09 04 c0000209 80 0a 08 c0000209 00000001 c0 10 08 0002fbf400000064 c0 20 0c fa56ea000000000100000002
    c0 23 04 0000fbf4 c0 63 02 abcd 80 64 01 00`;
  const hex = toHex(updateBytes({ withdrawn: '18 cb0071', attributes, nlri }));
  assert.deepEqual(decode(hex, '--ibgp'), [
    {
      type: 'update',
      outcome: 'accept',
      withdrawn: ['203.0.113.0/24'],
      nlri: ['198.51.100.0/24'],
      attributes: {
        nextHop: '192.0.2.1',
        originCode: 'igp',
        asPath: [{ kind: 'sequence', asns: [64500] }],
        multiExitDiscriminator: 10,
        localPreference: 100,
        atomicAggregate: true,
        aggregator: { asn: 64500, address: '192.0.2.2' },
        communities: ['65535:0', '64500:1'],
        originatorId: '192.0.2.9',
        clusterList: ['192.0.2.9', '0.0.0.1'],
        extendedCommunities: ['rt:64500:100'],
        largeCommunities: ['4200000000:1:2'],
        onlyToCustomer: 64500,
        unknown: [
          { type: 0x63, flags: 0xc0, hex: 'abcd' },
          { type: 0x64, flags: 0x80, hex: '00' },
        ],
      },
      errors: [],
    },
  ]);
  const [external] = decode(hex);
  assert.equal(external?.outcome, 'attribute-discard');
  assert.deepEqual(
    external?.errors.map(({ field }) => field),
    ['LOCAL_PREF', 'ORIGINATOR_ID', 'CLUSTER_LIST'],
  );
  assert.deepEqual(Object.keys(external?.errors[0] ?? {}), ['code', 'subcode', 'offset', 'field', 'what', 'rfc']);
});

test('both families in one message, each with its next hop', () => {
  const mp = `80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8`;
  const [answer] = decode(toHex(updateBytes({ attributes: `${mp} ${mandatory}`, nlri })));
  assert.deepEqual(answer?.nlri, ['198.51.100.0/24', '2001:db8::/32']);
  assert.deepEqual(answer?.attributes?.nextHops, [
    { family: 'ipv4-unicast', nextHop: '192.0.2.1', nlri: ['198.51.100.0/24'] },
    { family: 'ipv6-unicast', nextHop: '2001:db8::1', nlri: ['2001:db8::/32'] },
  ]);
});

test('--as2 and --add-path change how the same bytes are read', () => {
  const two = toHex(updateBytes({ attributes: '40010100 400206 0202 fbf4 0001 400304c0000201', nlri }));
  assert.deepEqual(decode(two, '--as2')[0]?.attributes?.asPath, [{ kind: 'sequence', asns: [64500, 1] }]);
  assert.equal(decode(two)[0]?.outcome, 'treat-as-withdraw');
  const paths = toHex(
    updateBytes({ withdrawn: '00000007 18 cb0071', attributes: mandatory, nlri: `00000001 ${nlri}` }),
  );
  for (const family of ['ipv4-unicast', 'ipv4', 'ipv6-unicast,ipv4-unicast']) {
    const [answer] = decode(paths, '--add-path', family);
    assert.deepEqual(answer?.nlri, [{ prefix: '198.51.100.0/24', pathId: 1 }], family);
    assert.deepEqual(answer?.withdrawn, [{ prefix: '203.0.113.0/24', pathId: 7 }]);
  }
  assert.notDeepEqual(decode(paths)[0]?.nlri, [{ prefix: '198.51.100.0/24', pathId: 1 }]);
});

test('every row of RFC 7606 has the outcome that the codec has', () => {
  const rows = rfc7606Rows.filter(({ context }) => context === undefined);
  const answers = decode(rows.map(({ update }) => toHex(updateBytes(update))).join('\n'), '--ibgp');
  assert.equal(answers.length, rows.length);
  for (const [index, { name, outcome }] of rows.entries()) {
    const answer = answers[index] as Answer;
    assert.deepEqual([answer.type, answer.outcome], ['update', outcome], name);
    assert.equal(answer.errors.length === 0, outcome === 'accept', name);
    if (outcome === 'session-reset') assert.deepEqual([answer.nlri, answer.withdrawn], [[], []], name);
  }
});

test('OPEN, NOTIFICATION and ROUTE-REFRESH', () => {
  const [open, notification, refresh, badOpen] = decode(
    [
      `${marker} 003a 01 04 5ba0 0009 c0000201 1d 02 1b 0104000100 01 0200 0600 0901 00 4002 0078 4104 fa56ea00 4902 6869`,
      `${marker} 0017 03 06 02 01 21`,
      '0017 05 0002 01 01',
      `${marker} 001d 01 03 fbf4 0009 c0000201 00`,
    ].join('\n'),
  );
  assert.deepEqual(open, {
    type: 'open',
    outcome: 'accept',
    asn: 4200000000,
    holdTimeSeconds: 9,
    routerId: '192.0.2.1',
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'route-refresh' },
      { kind: 'extended-message' },
      { kind: 'role', role: 'provider' },
      { kind: 'graceful-restart', restarted: false, notification: false, restartTimeSeconds: 120, families: [] },
      { kind: 'four-octet-asn', asn: 4200000000 },
      { kind: 'unknown', code: 73, hex: '6869' },
    ],
    errors: [],
  });
  assert.deepEqual(notification, {
    type: 'notification',
    outcome: 'accept',
    code: 6,
    subcode: 2,
    what: 'Cease / Administrative Shutdown "!"',
    communication: '!',
    hex: '0121',
    errors: [],
  });
  assert.deepEqual(refresh, {
    type: 'route-refresh',
    outcome: 'accept',
    family: 'ipv6-unicast',
    subtype: 'begin',
    errors: [],
  });
  assert.deepEqual([badOpen?.type, badOpen?.outcome, badOpen?.errors[0]?.code], ['open', 'session-reset', 2]);
});

test('a line out for each line in, in order: empty ones, no hex, cut off, too long, not UTF-8', () => {
  const input = Buffer.concat([
    Buffer.from(`${keepalive}\n\n   \nhello\n${keepalive.slice(0, -1)}\n${keepalive}00\nff\n`),
    Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
    Buffer.from(`${'ab'.repeat(2_000_000)}\n${'fe'.repeat(16)}001304\n${marker}001309\n001304`),
  ]);
  assert.deepEqual(
    decode(input).map(({ type }) => type),
    ['keepalive', ...new Array<string>(10).fill('invalid'), 'keepalive'],
  );
});

test('no input is no output; a wrong family is a wrong command line', () => {
  assert.deepEqual(decode(''), []);
  assert.deepEqual(decode('\n').length, 1);
  const run = spawnSync(process.execPath, [main, 'bgp', 'decode', '--add-path', 'ipx'], { input: '' });
  assert.equal(run.status, exitCode.usage);
  assert.match(run.stderr.toString(), /ipv4-unicast, ipv6-unicast/);
});

test('a message is answered before the next one comes, and whoever stops reading ends it without a word', {
  timeout: 30_000,
}, async () => {
  const child = spawn(process.execPath, [main, 'bgp', 'decode'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {}); // it ends while we write
  const lines = createInterface({ input: child.stdout });
  for (let round = 0; round < 3; round++) {
    child.stdin.write(`${keepalive}\n`);
    const [line] = (await once(lines, 'line')) as [string];
    assert.equal(JSON.parse(line).type, 'keepalive');
  }
  child.stdout.destroy();
  const ended = once(child, 'exit');
  child.stdin.write(`${keepalive}\n`.repeat(1000));
  const [status] = await ended;
  assert.deepEqual([status, stderr], [exitCode.ok, '']);
});

test('while nobody takes the lines, no more input is read', async () => {
  let given = 0;
  const chunk = Buffer.from(`${keepalive}\n`.repeat(5000));
  async function* input(): AsyncGenerator<Uint8Array> {
    for (; given < 100; given++) yield chunk;
  }
  const output = decodeStream(input(), { fourOctetAsn: true, external: true, addPathFamilies: [] });
  await output.next();
  assert.equal(given, 0, 'the first chunk is still being answered');
  let longest = 0;
  for await (const text of output) longest = Math.max(longest, text.length);
  assert.equal(given, 100);
  assert.ok(longest < 70_000, `${longest} characters in one piece`);
});

test('lines are the same however the input is cut', () => {
  const character = fc.constantFrom(...'0123456789abcdefABCDEF :\n\r\tz');
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 200 }), fc.array(fc.nat(20)), (text, cuts) => {
      const bytes = Buffer.from(text);
      const whole = new HexLines(8);
      const expected = [...whole.push(bytes), whole.end()].filter((line) => line !== undefined);
      const parts = new HexLines(8);
      const found = [];
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        found.push(...parts.push(bytes.subarray(start, start + cut)));
        start += cut;
      }
      found.push(...[parts.end()].filter((line) => line !== undefined));
      assert.deepEqual(found, expected);
      const lines = text.split('\n');
      assert.equal(found.length, lines.at(-1) === '' ? lines.length - 1 : lines.length);
    }),
  );
});

test('any bytes whatever get an object that says what they are', () => {
  const options = fc.record({
    fourOctetAsn: fc.boolean(),
    external: fc.boolean(),
    addPathFamilies: fc.subarray(['ipv4-unicast' as const, 'ipv6-unicast' as const]),
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), options, (bytes, given) => {
      const answer = decodeLine({ ok: true, bytes }, contextOf(given)) as Answer;
      assert.ok(['open', 'update', 'keepalive', 'notification', 'route-refresh', 'invalid'].includes(answer.type));
      assert.ok(Array.isArray(answer.errors));
      for (const { field } of answer.errors) assert.notEqual(field, 'nearcast');
      JSON.stringify(answer);
    }),
  );
});
