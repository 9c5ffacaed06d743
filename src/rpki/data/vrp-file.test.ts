import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix } from '../../ip/prefix.ts';
import { parseVrpFile } from './vrp-file.ts';

const wallTime = Date.UTC(2026, 0, 2);
const parse = (json: unknown) =>
  parseVrpFile(typeof json === 'string' ? json : JSON.stringify(json), { where: 'vrps.json', wallTime });

function problems(json: unknown): readonly string[] {
  const parsed = parse(json);
  assert(!parsed.ok);
  return parsed.problems.map(({ code, what }) => `${code}: ${what}`);
}

test('what Routinator writes', () => {
  const parsed = parse({
    metadata: { generated: 1767312000, generatedTime: '2026-01-02T00:00:00Z' },
    roas: [
      { asn: 'AS64500', prefix: '192.0.2.0/24', maxLength: 26, ta: 'ripe' },
      { asn: 'AS64501', prefix: '2001:db8::/32', maxLength: 32, ta: 'ripe' },
    ],
    routerKeys: [],
    aspas: [{ customer: 'AS64500', providers: ['AS64502', 'AS64501'], source: [] }],
  });
  assert(parsed.ok);
  assert.deepEqual(parsed.warnings, []);
  assert.deepEqual(
    [...parsed.value.vrps.entries()].map(({ prefix, maxLength, asn }) => [formatPrefix(prefix), maxLength, asn]),
    [
      ['192.0.2.0/24', 26, 64500],
      ['2001:db8::/32', 32, 64501],
    ],
  );
  assert.deepEqual(parsed.value.aspas.providersOf(64500), [64501, 64502]);
});

test('what rpki-client writes: numbers, expiry, the same VRP under two trust anchors', () => {
  const soon = wallTime / 1000 + 60;
  const parsed = parse({
    metadata: { buildtime: '2026-01-01T23:00:00Z' },
    roas: [
      { asn: 64500, prefix: '192.0.2.0/24', maxLength: 24, ta: 'a', expires: soon },
      { asn: 64500, prefix: '192.0.2.0/24', maxLength: 24, ta: 'b', expires: soon },
      { asn: 64501, prefix: '192.0.2.0/24', maxLength: 24, ta: 'b', expires: soon - 3600 },
    ],
    bgpsec_keys: [],
    aspas: [
      { customer_asid: 64500, expires: soon, providers: [64501] },
      { customer_asid: 64500, expires: soon, providers: [0, 64502] },
      { customer_asid: 64501, expires: soon, providers: [0] },
    ],
  });
  assert(parsed.ok);
  assert.equal(parsed.value.vrps.size, 1);
  assert.deepEqual(parsed.value.aspas.providersOf(64500), [64501, 64502], 'the union; AS0 yields to others');
  assert.deepEqual(parsed.value.aspas.providersOf(64501), [0]);
  assert.deepEqual(
    parsed.warnings.map(({ code, what }) => `${code}: ${what}`),
    ['rpki.vrps-expired: 1 entry has expired and was left out'],
  );
});

test('an old file is read, with a warning', () => {
  const parsed = parse({ metadata: { buildtime: '2025-12-30T00:00:00Z' }, roas: [] });
  assert(parsed.ok);
  assert.deepEqual(
    parsed.warnings.map(({ what }) => what),
    ['the file was made 72 hours ago'],
  );
});

test('a file with wrong entries is refused whole, with each of them named', () => {
  assert.deepEqual(
    problems({
      roas: [
        { asn: 64500, prefix: '192.0.2.0/24' },
        { asn: 64500, prefix: '192.0.2.1/24' },
        { asn: 64500, prefix: '192.0.2.0/24', maxLength: 23 },
        { asn: 64500, prefix: '192.0.2.0/24', maxLength: 33 },
        { asn: 'ASX', prefix: '192.0.2.0/24', maxLength: 24 },
        { asn: -1, prefix: '192.0.2.0/24', maxLength: 24 },
        null,
        { asn: 64500 },
      ],
      aspas: [
        { customer_asid: 1 },
        { providers: [1] },
        { customer: 'AS1', providers: [] },
        { customer: 1, providers: ['x'] },
      ],
    }),
    [
      'rpki.vrps-entry: roas[1]: prefix "192.0.2.1/24" is none (host-bits)',
      'rpki.vrps-entry: roas[2]: maxLength 23 is not 24 to 32',
      'rpki.vrps-entry: roas[3]: maxLength 33 is not 24 to 32',
      'rpki.vrps-entry: roas[4]: asn "ASX" is none',
      'rpki.vrps-entry: roas[5]: asn -1 is none',
      'rpki.vrps-entry: roas[6]: is no object',
      'rpki.vrps-entry: roas[7]: prefix undefined is none (syntax)',
      'rpki.vrps-entry: aspas[0]: has no list of providers',
      'rpki.vrps-entry: aspas[1]: has no customer ASN',
      'rpki.vrps-entry: aspas[2]: has no providers',
      'rpki.vrps-entry: 1 more entries are wrong',
    ],
  );
});

test('what is no such file', () => {
  assert.match(problems('{')[0] as string, /^rpki\.vrps-json: the file is no JSON: /);
  for (const json of [[], 'null', { roas: {} }, 7]) {
    assert.deepEqual(problems(json), ['rpki.vrps-shape: the file has no list "roas"']);
  }
});
