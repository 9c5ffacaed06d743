/**
 * The store in one SQLite file, locked for as long as control runs.
 *
 * Why locked: two controls over one file would each hand out its own view. The kernel drops the lock with the process,
 * so a crash leaves nothing behind that would have to be cleared by hand.
 * Commits are on the disk when `append` returns (WAL with synchronous=FULL): a drain that was answered survives a
 * power cut.
 */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { assert } from '../../base/assert.ts';
import type { FeedKind } from '../../feed/records.ts';
import { migrate } from './migrations.ts';
import { corruptStore, storeError } from './sqlite-problems.ts';
import type { Author, Change, LogRow, ReadOptions, Store } from './store.ts';

/** A control that is just ending gets so long to let go of the file. */
const lockWaitMs = 1_500;
/** Bigger files are not read through at start: it would hold up a restart for seconds. */
const checkedBytes = 128 * 1024 * 1024;

/** Opens or makes the store. `:memory:` makes one that nobody else sees and that ends with the process. */
export function openSqliteStore(path: string, limits: { readonly maximumPages?: number } = {}): Store {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') makePrivateFile(path);
    database = new DatabaseSync(path, { timeout: lockWaitMs });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    // Taking the write lock once makes the exclusive mode hold it from here on.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    checkWhole(database, path);
    migrate(database, path);
    if (limits.maximumPages !== undefined) database.exec(`PRAGMA max_page_count = ${limits.maximumPages}`);
    return new SqliteStore(database, path);
  } catch (error) {
    database?.close();
    throw storeError(error, path);
  }
}

/** Made before SQLite does, for SQLite would make it as readable as the umask allows; its log takes the same mode. */
function makePrivateFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // The same problems as when SQLite meets them: full, or cannot open.
    const errcode = code === 'ENOSPC' || code === 'EDQUOT' ? 13 : 14;
    throw Object.assign(new Error((error as Error).message), { errcode });
  }
}

function checkWhole(database: DatabaseSync, path: string): void {
  if (path === ':memory:' || statSync(path).size > checkedBytes) return;
  const row = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (row.quick_check !== 'ok') throw corruptStore(path, row.quick_check);
}

const newest = `NOT EXISTS (SELECT 1 FROM log AS n
  WHERE n.kind = log.kind AND n.name = log.name AND n.sequence > log.sequence AND n.sequence <= :through)`;
const visible = `(:visibleTo IS NULL OR kind NOT IN ('pop', 'drain') OR name = :visibleTo)`;

class SqliteStore implements Store {
  readonly epoch: string;
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #through: number;
  #floor: number;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    const meta = (name: string): string => {
      const row = this.#get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name);
      if (row === undefined) throw corruptStore(path, `the entry ${name} is missing`);
      return row.value;
    };
    this.epoch = meta('epoch');
    this.#through = Number(meta('sequence'));
    this.#floor = Number(meta('floor'));
  }

  through(): number {
    return this.#through;
  }

  floor(): number {
    return this.#floor;
  }

  append(changes: readonly Change[], author: Author): number {
    if (changes.length === 0) return this.#through;
    const through = this.#through + changes.length;
    this.#transaction(() => {
      const sql = 'INSERT INTO log (sequence, at, actor, note, kind, name, json) VALUES (?, ?, ?, ?, ?, ?, ?)';
      changes.forEach((change, i) => {
        const at = Math.trunc(author.at);
        const { kind, name, json } = change;
        this.#run(sql, this.#through + i + 1, at, author.actor, author.note ?? null, kind, name, json);
      });
      this.#run(`UPDATE meta SET value = ? WHERE name = 'sequence'`, String(through));
    });
    this.#through = through;
    return through;
  }

  latest(kind: FeedKind, name: string): LogRow | undefined {
    return this.#get<LogRow>(
      'SELECT * FROM log WHERE kind = ? AND name = ? ORDER BY sequence DESC LIMIT 1',
      kind,
      name,
    );
  }

  list(kind: FeedKind, page = { afterName: '', limit: -1 }): readonly LogRow[] {
    return this.#all<LogRow>(
      `SELECT * FROM log WHERE kind = :kind AND name > :afterName AND json IS NOT NULL AND ${newest}
       ORDER BY name LIMIT :limit`,
      { kind, ...page, through: this.#through },
    );
  }

  count(kind: FeedKind): number {
    const row = this.#get<{ n: number }>(
      `SELECT count(*) AS n FROM log WHERE kind = :kind AND json IS NOT NULL AND ${newest}`,
      { kind, through: this.#through },
    );
    return row?.n ?? 0;
  }

  read(options: ReadOptions): readonly LogRow[] {
    return this.#all<LogRow>(
      `SELECT * FROM log WHERE sequence > :after AND sequence <= :through AND ${visible} AND ${newest}
       AND (:presentOnly = 0 OR json IS NOT NULL) ORDER BY sequence LIMIT :limit`,
      {
        after: options.after,
        through: options.through,
        limit: options.limit,
        visibleTo: options.visibleTo ?? null,
        presentOnly: options.presentOnly === true ? 1 : 0,
      },
    );
  }

  history(options: { readonly after: number; readonly limit: number }): readonly LogRow[] {
    return this.#all<LogRow>(
      'SELECT * FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?',
      options.after,
      options.limit,
    );
  }

  valuesEver(kind: FeedKind): readonly string[] {
    return this.#all<{ json: string }>('SELECT DISTINCT json FROM log WHERE kind = ? AND json IS NOT NULL', kind).map(
      (row) => row.json,
    );
  }

  compact(keep: number): number {
    const bound = this.#through - keep;
    if (bound <= this.#floor) return 0;
    let gone = 0;
    this.#transaction(() => {
      // A row goes when its successor is old too: the state as of any number from the bound on stays readable.
      gone += this.#run(
        `DELETE FROM log WHERE sequence < :bound AND EXISTS (SELECT 1 FROM log AS n
           WHERE n.kind = log.kind AND n.name = log.name AND n.sequence > log.sequence AND n.sequence <= :bound)`,
        { bound },
      );
      // What went before it is forgotten by now: an old removal is the last row of its key, or a newer row tells more.
      gone += this.#run('DELETE FROM log WHERE sequence <= :bound AND json IS NULL', { bound });
      this.#run(`UPDATE meta SET value = ? WHERE name = 'floor'`, String(bound));
    });
    this.#floor = bound;
    return gone;
  }

  tokenHash(pop: string): string | undefined {
    return this.#get<{ sha256: string }>('SELECT sha256 FROM agent_token WHERE pop = ?', pop)?.sha256;
  }

  setTokenHash(pop: string, sha256: string | null): void {
    if (sha256 === null) this.#run('DELETE FROM agent_token WHERE pop = ?', pop);
    else this.#run('INSERT OR REPLACE INTO agent_token (pop, sha256) VALUES (?, ?)', pop, sha256);
  }

  tokenHashes(): ReadonlyMap<string, string> {
    const rows = this.#all<{ pop: string; sha256: string }>('SELECT pop, sha256 FROM agent_token');
    return new Map(rows.map((row) => [row.pop, row.sha256]));
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction(work: () => void): void {
    assert(!this.#database.isTransaction, 'transactions do not nest');
    this.#guard(() => this.#database.exec('BEGIN IMMEDIATE'));
    try {
      work();
      this.#guard(() => this.#database.exec('COMMIT'));
    } catch (error) {
      // SQLite itself may have rolled back, as it does on a full disk.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: Values): number {
    return this.#guard(() => Number(this.#statement(sql).run(...(values as SQLInputValue[])).changes));
  }

  #get<T>(sql: string, ...values: Values): T | undefined {
    return this.#guard(() => this.#statement(sql).get(...(values as SQLInputValue[])) as T | undefined);
  }

  #all<T>(sql: string, ...values: Values): readonly T[] {
    return this.#guard(() => this.#statement(sql).all(...(values as SQLInputValue[])) as unknown as T[]);
  }

  #guard<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}

/** By position, or one object by name. */
type Values = readonly SQLInputValue[] | readonly [Record<string, SQLInputValue>];
