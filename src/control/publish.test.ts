import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PopIntent, ServiceIntent } from '../network/intent.ts';
import { changesToPublish, type Intent, type Present } from './publish.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import type { Store } from './store/store.ts';

function pop(name: string, httpPort: number): PopIntent {
  return {
    pop: name,
    asn: 64500,
    routerId: '203.0.113.2',
    location: { name: 'Frankfurt, DE', latitude: 50, longitude: 8 },
    addresses: [{ address: '192.0.2.1', prefix: '192.0.2.0/24' }],
    httpPort,
    sessions: [],
    health: { http: '/healthz', intervalMs: 500, timeoutMs: 400, rise: 2, fall: 3 },
    drain: { depreferenceMs: 0, quietMs: 0 },
  };
}
const site = (digit: string): ServiceIntent => ({ kind: 'static', manifest: digit.repeat(64) });

function presentOf(store: Store): Present {
  return {
    pop: store.list('pop'),
    service: store.list('service'),
    domain: store.list('domain'),
    drain: store.list('drain'),
  };
}
function publish(store: Store, intent: Intent): string[] {
  const changes = changesToPublish(presentOf(store), intent);
  store.append(changes, { actor: 'tester', at: 0 });
  return changes.map(({ kind, name, json }) => `${json === null ? '-' : '+'} ${kind} ${name}`);
}

test('only differences become changes, in an order without dangling references', () => {
  const store = openSqliteStore(':memory:');
  const first: Intent = {
    pops: { fra: pop('fra', 80), sin: pop('sin', 80) },
    services: { docs: site('a'), old: site('b') },
    domains: { 'a.example': { service: 'docs' }, 'b.example': { service: 'old' } },
  };
  assert.deepEqual(publish(store, first), [
    '+ service docs',
    '+ service old',
    '+ domain a.example',
    '+ domain b.example',
    '+ pop fra',
    '+ pop sin',
  ]);
  assert.deepEqual(publish(store, structuredClone(first)), []);
  store.append(
    ['fra', 'sin'].map((name) => ({ kind: 'drain', name, json: '{"reason":"x"}' })),
    { actor: 'api', at: 0 },
  );
  const second: Intent = {
    pops: { fra: pop('fra', 81) },
    services: { docs: site('a'), new: site('c') },
    domains: { 'a.example': { service: 'new' } },
  };
  assert.deepEqual(publish(store, second), [
    '+ service new',
    '+ domain a.example',
    '+ pop fra',
    '- domain b.example',
    '- service old',
    '- pop sin',
    '- drain sin',
  ]);
});

test('the order of keys in a stored value is no difference', () => {
  const store = openSqliteStore(':memory:');
  const { httpPort, ...rest } = pop('fra', 80);
  store.append([{ kind: 'pop', name: 'fra', json: JSON.stringify({ httpPort, ...rest }) }], { actor: 'old', at: 0 });
  assert.deepEqual(publish(store, { pops: { fra: pop('fra', 80) }, services: {}, domains: {} }), []);
});

test('a value that is not what the schema allows is never published', () => {
  const store = openSqliteStore(':memory:');
  const bad = { ...pop('fra', 80), secret: 'x' } as PopIntent;
  assert.throws(() => changesToPublish(presentOf(store), { pops: { fra: bad }, services: {}, domains: {} }));
});

test('from any state to any intent: what is published is what the store then says, and publishing again is nothing', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'constructor');
  const intent = fc.record({
    pops: fc.dictionary(names, fc.constantFrom(80, 81)).map((ports) => {
      return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, pop(name, port)]));
    }),
    services: fc.dictionary(names, fc.constantFrom('a', 'b').map(site)),
    domains: fc.dictionary(names, fc.record({ service: names }, { noNullPrototype: true })),
  });
  fc.assert(
    fc.property(fc.array(intent, { minLength: 1, maxLength: 4 }), (intents) => {
      const store = openSqliteStore(':memory:');
      for (const wanted of intents) {
        publish(store, wanted);
        for (const [kind, values] of [
          ['pop', wanted.pops],
          ['service', wanted.services],
          ['domain', wanted.domains],
        ] as const) {
          const stored = store.list(kind).map((row) => [row.name, JSON.parse(row.json as string)]);
          assert.deepEqual(Object.fromEntries(stored), { ...values });
        }
        assert.deepEqual(publish(store, wanted), []);
      }
      store.close();
    }),
    { numRuns: 40 },
  );
});
