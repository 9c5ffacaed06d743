/**
 * The store's tables, as a list of steps that only grows: step N takes a file of version N to N + 1.
 *
 * Why: the file outlives the software. An older file is brought up to date in one transaction; a newer one is refused,
 * for a program that does not know a table would write past it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { corruptStore } from './sqlite-problems.ts';

/** `NEAR` in ASCII: tells our files from other programs' (the pragma `application_id`). */
const applicationId = 0x4e454152;

const steps: readonly string[] = [
  `
  CREATE TABLE log (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    note TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    json TEXT
  ) STRICT;
  -- Finds the newest row of a key, and lists a kind by name.
  CREATE INDEX log_by_key ON log (kind, name, sequence);
  -- sequence stays known when compaction takes the newest rows; floor is explained in store.ts.
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE agent_token (pop TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];

/** Brings the file to the newest version; a new file becomes a store with a random epoch. */
export function migrate(database: DatabaseSync, path: string): void {
  const version = pragma(database, 'user_version');
  const owner = pragma(database, 'application_id');
  const tables = database.prepare(`SELECT count(*) AS n FROM sqlite_schema`).get() as { n: number };
  if (owner !== applicationId && (owner !== 0 || tables.n > 0)) {
    throw corruptStore(path, 'it is a database of another program');
  }
  if (version > steps.length) {
    fail(
      {
        code: 'control.store-newer',
        what: `the store has version ${version}; this Nearcast knows versions up to ${steps.length}`,
        where: path,
        fix: 'run the Nearcast that wrote it, or a newer one',
      },
      exitCode.failure,
    );
  }
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) database.exec(step);
    const set = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
    set.run('epoch', crypto.randomUUID());
    set.run('sequence', '0');
    set.run('floor', '0');
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] as number;
}
