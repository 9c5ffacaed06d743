import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { storeContract } from './store.contract.ts';

const directory = mkdtempSync(join(tmpdir(), 'nearcast-store-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = (): string => join(directory, `${files++}`, 'control.db');
const author = { actor: 'tester', at: 0 };

storeContract('SQLite in a file', {
  fresh: () => {
    const path = newPath();
    return { open: () => openSqliteStore(path) };
  },
  durable: true,
});
storeContract('SQLite in memory', { fresh: () => ({ open: () => openSqliteStore(':memory:') }), durable: false });

function refusedWith(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.problems[0]?.code, code);
    assert.ok(error.problems[0]?.fix);
    return true;
  };
}

test('only the owner can read the store and its log', () => {
  const path = newPath();
  const store = openSqliteStore(path);
  store.append([{ kind: 'pop', name: 'fra', json: '1' }], author);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
  store.close();
  chmodSync(path, 0o644);
  openSqliteStore(path).close();
  assert.equal(statSync(path).mode & 0o777, 0o600, 'a mode that was loosened is mended');
});

test('a file that is no database, or another program’s, is refused and left as it is', () => {
  const path = newPath();
  openSqliteStore(path).close();
  writeFileSync(path, Buffer.alloc(8192, 7));
  assert.throws(() => openSqliteStore(path), refusedWith('control.store-corrupt'));
  assert.ok(readFileSync(path).equals(Buffer.alloc(8192, 7)));

  const foreign = newPath();
  openSqliteStore(foreign).close();
  rmSync(foreign);
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE songs (title TEXT)');
  other.close();
  assert.throws(() => openSqliteStore(foreign), refusedWith('control.store-corrupt'));
});

test('a damaged page is found at start', () => {
  const path = newPath();
  const store = openSqliteStore(path);
  const changes = Array.from({ length: 500 }, (_, i) => ({ kind: 'domain' as const, name: `d${i}`, json: '"x"' }));
  store.append(changes, author);
  store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096 * 3, 4096 * 6);
  writeFileSync(path, bytes);
  assert.throws(() => openSqliteStore(path), refusedWith('control.store-corrupt'));
});

test('a second control on the same store is refused, until the first has ended', () => {
  const path = newPath();
  const first = openSqliteStore(path);
  assert.throws(() => openSqliteStore(path), refusedWith('control.store-locked'));
  first.close();
  openSqliteStore(path).close();
});

test('a store of a newer Nearcast is refused', () => {
  const path = newPath();
  openSqliteStore(path).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => openSqliteStore(path), refusedWith('control.store-newer'));
});

test('where no directory can be made, the problem says so', () => {
  const path = newPath();
  openSqliteStore(path).close();
  assert.throws(
    () => openSqliteStore(join(path, 'below-a-file', 'control.db')),
    refusedWith('control.store-unwritable'),
  );
});

test('a full disk changes nothing, and says so', () => {
  const path = newPath();
  openSqliteStore(path).close();
  // A limit on pages gives the same result code as a full disk.
  const store = openSqliteStore(path, { maximumPages: 12 });
  const big = (name: string) => ({ kind: 'service' as const, name, json: JSON.stringify('x'.repeat(3000)) });
  store.append([big('a')], author);
  const many = Array.from({ length: 40 }, (_, i) => big(`b${i}`));
  assert.throws(() => store.append(many, author), refusedWith('control.store-full'));
  assert.equal(store.through(), 1);
  assert.equal(store.history({ after: 0, limit: 100 }).length, 1);
  store.append([{ kind: 'service', name: 'c', json: '1' }], author);
  assert.equal(store.through(), 2);
  store.close();
});
