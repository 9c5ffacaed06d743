import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '../base/log.ts';
import { ProblemError } from '../base/problem.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { AdminToken, AgentTokens } from './tokens.ts';

const root = mkdtempSync(join(tmpdir(), 'nearcast-tokens-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;

function setUp() {
  const store = openSqliteStore(':memory:');
  const directory = join(root, `${serial++}`);
  const tokens = new AgentTokens({ store, directory, logger: silentLogger });
  const read = (pop: string): string => readFileSync(tokens.path(pop), 'utf8').trim();
  return { store, directory, tokens, read };
}
const problemCode = (code: string) => (error: unknown) =>
  error instanceof ProblemError && error.problems[0]?.code === code;

test('each PoP gets a token of its own, for its owner’s eyes; the store has only a hash', () => {
  const { store, tokens, read } = setUp();
  tokens.sync(['fra', 'sin']);
  assert.notEqual(read('fra'), read('sin'));
  assert.ok(read('fra').length >= 43);
  assert.equal(statSync(tokens.path('fra')).mode & 0o777, 0o600);
  assert.equal(tokens.popOf(read('fra')), 'fra');
  assert.equal(tokens.popOf(read('sin')), 'sin');
  assert.equal(tokens.popOf('guess'), undefined);
  assert.equal(tokens.popOf(''), undefined);
  assert.ok(![...store.tokenHashes().values()].includes(read('fra')));
});

test('a token outlives restarts, and its file when that has been moved to the PoP', () => {
  const { tokens, read } = setUp();
  tokens.sync(['fra']);
  const token = read('fra');
  tokens.sync(['fra']);
  assert.equal(read('fra'), token);
  rmSync(tokens.path('fra'));
  tokens.sync(['fra']);
  assert.equal(tokens.popOf(token), 'fra');
  assert.throws(() => read('fra'), /ENOENT/);
});

test('a new token in the file takes the place of the old one', () => {
  const { tokens, read } = setUp();
  tokens.sync(['fra']);
  const old = read('fra');
  writeFileSync(tokens.path('fra'), 'a-new-token-of-the-operator\n');
  tokens.sync(['fra']);
  assert.equal(tokens.popOf('a-new-token-of-the-operator'), 'fra');
  assert.equal(tokens.popOf(old), undefined);
});

test('a PoP that is gone has no valid token', () => {
  const { tokens, read } = setUp();
  tokens.sync(['fra', 'sin']);
  tokens.sync(['fra']);
  assert.equal(tokens.popOf(read('sin')), undefined);
  assert.equal(tokens.popOf(read('fra')), 'fra');
});

test('a token that is short, or that others can read, is refused', () => {
  const { tokens } = setUp();
  tokens.sync(['fra']);
  writeFileSync(tokens.path('fra'), 'short');
  assert.throws(() => tokens.sync(['fra']), problemCode('control.token-file'));
  writeFileSync(tokens.path('fra'), 'long enough, but with spaces in it');
  assert.throws(() => tokens.sync(['fra']), problemCode('control.token-file'));
  writeFileSync(tokens.path('fra'), 'long-enough-and-without-spaces');
  chmodSync(tokens.path('fra'), 0o640);
  assert.throws(() => tokens.sync(['fra']), problemCode('control.token-file-open'));
});

test('the administrator’s token is the file’s, and no other', () => {
  const path = join(root, 'admin.token');
  assert.throws(() => AdminToken.fromFile(path), problemCode('control.token-file'));
  writeFileSync(path, 'correct-horse-battery-staple\n', { mode: 0o600 });
  const admin = AdminToken.fromFile(path);
  assert.equal(admin.accepts('correct-horse-battery-staple'), true);
  assert.equal(admin.accepts('correct-horse-battery-stapl'), false);
  assert.equal(admin.accepts(''), false);
});
