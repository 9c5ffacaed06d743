/**
 * Fetches how many people use each AS: APNIC Labs' estimate, renewed daily from advertisements shown to people all over the world.
 *
 * Format (as served in 2026): `{ Date, Window, Data: [{ AS, CC, Users, … }] }`, one row for each AS in each economy, so the
 * rows of an AS are added up, and say where its users are. Terms, as the answer says: "Re-use with attribution permitted".
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import { formatCountries, sharesOf } from '../world/as-places.ts';
import { findCountry } from '../world/countries.ts';
import { download } from './download.ts';

export const apnicUsers = 'https://stats.labs.apnic.net/cgi-bin/aspop?f=j';

export interface FetchUsersOptions {
  readonly from: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number, all: number | undefined) => void;
}

export interface FetchedUsers {
  readonly file: string;
  /** The day of the estimate, as APNIC writes it. */
  readonly date: string;
  readonly ases: number;
  readonly users: number;
}

/** Problems: those of `download`, and `internet.users-answer`. */
export async function fetchUsers(options: FetchUsersOptions): Promise<FetchedUsers> {
  const { from, directory, clock, signal, onProgress } = options;
  const answer = join(directory, '.aspop.json');
  const file = join(directory, 'users.csv');
  await download({
    url: from,
    file: answer,
    clock,
    signal,
    silenceMs: 120_000, // it is made while one waits
    mostBytes: 128 * 1024 * 1024,
    ...(onProgress && { onProgress }),
  });
  try {
    const { date, users, countries } = usersOfAnswer(readFileSync(answer, 'utf8'), from);
    const rows = [...users]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .map(([asn, count]) => `${asn},${count},${formatCountries(sharesOf(countries.get(asn) ?? new Map()))}\n`);
    writeFileAtomic(
      file,
      `# APNIC Labs, users by AS, ${date} (re-use with attribution)\nasn,users,countries\n${rows.join('')}`,
      0o644,
    );
    const all = [...users.values()].reduce((sum, count) => sum + count, 0);
    return { file, date, ases: users.size, users: all };
  } finally {
    rmSync(answer, { force: true });
  }
}

/** Users by ASN. Refuses the whole answer where a row is not as expected: half a world would look like a prediction. */
export function usersOfAnswer(
  text: string,
  where: string,
): {
  readonly date: string;
  readonly users: ReadonlyMap<number, number>;
  readonly countries: ReadonlyMap<number, ReadonlyMap<string, number>>;
} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    unexpected(where, `it is no JSON: ${(error as Error).message.slice(0, 100)}`);
  }
  const { Date: date, Data: rows } = (value ?? {}) as { Date?: unknown; Data?: unknown };
  if (!Array.isArray(rows) || rows.length === 0) unexpected(where, 'it has no list "Data"');
  const users = new Map<number, number>();
  const countries = new Map<number, Map<string, number>>();
  for (const [index, row] of (rows as unknown[]).entries()) {
    const { AS: asn, CC: code, Users: count } = (row ?? {}) as { AS?: unknown; CC?: unknown; Users?: unknown };
    if (!isWhole(asn) || asn < 1 || asn > maximumAsn || !isWhole(count) || count < 0 || count > 8e9)
      unexpected(where, `Data[${index}] has AS ${JSON.stringify(asn)} with ${JSON.stringify(count)} users`);
    users.set(asn as number, (users.get(asn as number) ?? 0) + (count as number));
    if (typeof code !== 'string' || findCountry(code) === undefined || count === 0) continue;
    const of = countries.get(asn as number) ?? new Map<string, number>();
    countries.set(asn as number, of.set(code, (of.get(code) ?? 0) + (count as number)));
  }
  return {
    date: typeof date === 'string' ? date.replace(/[^\w/.: -]/g, '').slice(0, 40) : 'undated',
    users,
    countries,
  };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

function unexpected(where: string, what: string): never {
  return fail({
    code: 'internet.users-answer',
    what: `the answer is no table of users by AS: ${what}`,
    where,
    fix: 'try again later; if the format has changed, make users.csv yourself: a line `asn,users`, then one line an AS (docs/internet-data.md)',
  });
}
