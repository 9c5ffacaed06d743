/** What every store does, run by each implementation: see sqlite-store.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedKind } from '../../feed/records.ts';
import type { Change, Store } from './store.ts';

const author = { actor: 'tester', at: 1_767_225_600_000 };

function set(kind: FeedKind, name: string, value: unknown): Change {
  return { kind, name, json: JSON.stringify(value) };
}
function gone(kind: FeedKind, name: string): Change {
  return { kind, name, json: null };
}
function keys(rows: readonly { sequence: number; kind: string; name: string }[]): string[] {
  return rows.map((row) => `${row.sequence} ${row.kind} ${row.name}`);
}

export interface StoreKind {
  /** Makes a place for an empty store; `open` opens it, also again after it was closed. */
  readonly fresh: () => { open: () => Store };
  /** Does what was written outlive `close`? */
  readonly durable: boolean;
}

export function storeContract(what: string, { fresh, durable }: StoreKind): void {
  function storeTest(name: string, body: (store: Store) => void): void {
    test(`${what}: ${name}`, () => {
      const store = fresh().open();
      try {
        body(store);
      } finally {
        store.close();
      }
    });
  }

  storeTest('a new store is empty and has an epoch of its own', (store) => {
    const other = fresh().open();
    assert.equal(store.through(), 0);
    assert.equal(store.floor(), 0);
    assert.deepEqual(store.history({ after: 0, limit: 10 }), []);
    assert.notEqual(store.epoch, '');
    assert.notEqual(store.epoch, other.epoch);
    other.close();
  });

  storeTest('changes get rising sequence numbers, in order, with their author', (store) => {
    assert.equal(store.append([set('service', 'docs', 1), set('domain', 'a.example', 2)], author), 2);
    assert.equal(store.append([], author), 2);
    assert.equal(store.append([gone('domain', 'a.example')], { ...author, note: 'why' }), 3);
    const rows = store.history({ after: 0, limit: 10 });
    assert.deepEqual(keys(rows), ['1 service docs', '2 domain a.example', '3 domain a.example']);
    assert.deepEqual(
      { ...rows[2] },
      { sequence: 3, at: author.at, actor: 'tester', note: 'why', kind: 'domain', name: 'a.example', json: null },
    );
    assert.deepEqual(keys(store.history({ after: 1, limit: 1 })), ['2 domain a.example']);
  });

  storeTest('the latest row of a key, and lists of what is there', (store) => {
    store.append([set('pop', 'sin', 1), set('pop', 'fra', 1), set('pop', 'fra', 2), set('service', 'x', 1)], author);
    store.append([gone('service', 'x')], author);
    assert.equal(store.latest('pop', 'fra')?.json, '2');
    assert.equal(store.latest('service', 'x')?.json, null);
    assert.equal(store.latest('pop', 'nowhere'), undefined);
    assert.deepEqual(keys(store.list('pop')), ['3 pop fra', '1 pop sin']);
    assert.deepEqual(keys(store.list('pop', { afterName: 'fra', limit: 5 })), ['1 pop sin']);
    assert.deepEqual(keys(store.list('pop', { afterName: '', limit: 1 })), ['3 pop fra']);
    assert.deepEqual(store.list('service'), []);
    assert.equal(store.count('pop'), 2);
    assert.equal(store.count('service'), 0);
  });

  storeTest('reading shows the newest of each key once, as of a number', (store) => {
    store.append([set('domain', 'a', 1), set('domain', 'b', 1), set('domain', 'a', 2), gone('domain', 'b')], author);
    const all = { after: 0, through: 4, limit: 10 };
    assert.deepEqual(keys(store.read(all)), ['3 domain a', '4 domain b']);
    assert.deepEqual(keys(store.read({ ...all, presentOnly: true })), ['3 domain a']);
    assert.deepEqual(keys(store.read({ ...all, through: 2 })), ['1 domain a', '2 domain b']);
    assert.deepEqual(keys(store.read({ ...all, after: 3 })), ['4 domain b']);
    assert.deepEqual(keys(store.read({ ...all, limit: 1 })), ['3 domain a']);
  });

  storeTest('a PoP sees its own pop and drain records, and all services and domains', (store) => {
    store.append(
      [
        set('pop', 'fra', 1),
        set('pop', 'sin', 1),
        set('drain', 'sin', {}),
        set('service', 's', 1),
        set('domain', 'd', 1),
      ],
      author,
    );
    const visible = store.read({ after: 0, through: 5, limit: 10, visibleTo: 'fra' });
    assert.deepEqual(keys(visible), ['1 pop fra', '4 service s', '5 domain d']);
  });

  storeTest('compaction forgets what was superseded long ago, and never what is there', (store) => {
    store.append([set('pop', 'fra', 1), set('domain', 'a', 1), set('pop', 'fra', 2), gone('domain', 'a')], author);
    store.append([set('pop', 'fra', 3), set('pop', 'fra', 4)], author);
    assert.equal(store.compact(100), 0);
    assert.equal(store.floor(), 0);
    // As of number 4 all is still readable: a superseded row whose successor is newer stays.
    const asOf4 = keys(store.read({ after: 0, through: 4, limit: 10, presentOnly: true }));
    assert.equal(store.compact(2), 3);
    assert.equal(store.floor(), 4);
    assert.deepEqual(keys(store.read({ after: 0, through: 4, limit: 10, presentOnly: true })), asOf4);
    assert.deepEqual(keys(store.history({ after: 0, limit: 10 })), ['3 pop fra', '5 pop fra', '6 pop fra']);
    assert.equal(store.compact(2), 0, 'twice is once');
    assert.equal(store.compact(0), 2);
    assert.deepEqual(keys(store.list('pop')), ['6 pop fra']);
    assert.equal(store.append([set('domain', 'b', 1)], author), 7, 'numbers are never used twice');
  });

  storeTest('all values of a kind that are kept', (store) => {
    store.append([set('service', 'a', 1), set('service', 'a', 2), gone('service', 'a')], author);
    assert.deepEqual([...store.valuesEver('service')].sort(), ['1', '2']);
  });

  storeTest('token hashes are set, replaced and taken away', (store) => {
    assert.equal(store.tokenHash('fra'), undefined);
    store.setTokenHash('fra', 'aa');
    store.setTokenHash('fra', 'bb');
    store.setTokenHash('sin', 'cc');
    assert.equal(store.tokenHash('fra'), 'bb');
    store.setTokenHash('sin', null);
    assert.deepEqual([...store.tokenHashes()], [['fra', 'bb']]);
  });

  if (!durable) return;
  test(`${what}: what was written is there after a restart`, () => {
    const { open } = fresh();
    const first = open();
    first.append([set('pop', 'fra', 1), gone('pop', 'fra'), set('pop', 'sin', 1)], author);
    first.compact(0);
    first.setTokenHash('fra', 'aa');
    const { epoch } = first;
    first.close();
    const second = open();
    assert.equal(second.epoch, epoch);
    assert.equal(second.through(), 3);
    assert.equal(second.floor(), 3);
    assert.equal(second.tokenHash('fra'), 'aa');
    second.close();
  });
}
