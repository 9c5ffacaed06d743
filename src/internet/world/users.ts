/**
 * Reads how many users each AS has: a table with the columns `asn` and `users` (or `users_repaired`, as repaired estimates of
 * APNIC's call it), and perhaps `countries` (`DE:0.9 AT:0.1`): where these users were seen, which goes before where the AS's
 * addresses are registered.
 */
import { fail } from '../../base/problem.ts';
import { type AsPlace, parseCountries } from './as-places.ts';
import { asnField, type CsvSource, columnsOf, countAses, numberField, readCsv } from './csv.ts';

/** Users may be requests or bytes as well: whatever an operator weighs by. Sums of more are no longer exact. */
const mostUsers = 1e15;

export interface UsersTable {
  /** By ASN. */
  readonly users: ReadonlyMap<number, number>;
  /** By ASN; of those of whom the table tells it. */
  readonly countries: ReadonlyMap<number, AsPlace['countries']>;
}

/** Users by ASN. Problems: those of `readUsersTable`. */
export async function readUsers(source: CsvSource): Promise<ReadonlyMap<number, number>> {
  return (await readUsersTable(source)).users;
}

/** Problems: `internet.csv-column`, `internet.csv-number`, `internet.csv-country`, `internet.no-users`, `internet.too-many-ases`. */
export async function readUsersTable(source: CsvSource): Promise<UsersTable> {
  const users = new Map<number, number>();
  const countries = new Map<number, AsPlace['countries']>();
  let columns: readonly number[] | undefined;
  let countriesColumn = -1;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      const name = row.fields.includes('users_repaired') ? 'users_repaired' : 'users';
      columns = columnsOf(row, ['asn', name], source.file);
      countriesColumn = row.fields.indexOf('countries');
      continue;
    }
    const asn = asnField(row, columns[0] as number, source);
    const count = numberField(row, columns[1] as number, source, 'the number of users', { from: 0, to: mostUsers });
    users.set(asn, (users.get(asn) ?? 0) + count);
    countAses(users, row, source);
    const text = countriesColumn === -1 ? '' : (row.fields[countriesColumn] ?? '');
    if (text !== '') countries.set(asn, parseCountries(text, `${source.file}:${row.line}`));
  }
  if (users.size === 0) {
    fail({
      code: 'internet.no-users',
      what: 'the table of users has no row',
      where: source.file,
      fix: 'give a table with a line `asn,users` and one line an AS',
    });
  }
  return { users, countries };
}
