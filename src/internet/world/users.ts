/** Reads how many users each AS has: a table with the columns `asn` and `users` (or `users_repaired`, as APNIC's estimates). */
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import { type CsvSource, columnsOf, numberField, readCsv } from './csv.ts';

/** Users by ASN. Problems: `internet.csv-column`, `internet.csv-number`, `internet.no-users`. */
export async function readUsers(source: CsvSource): Promise<ReadonlyMap<number, number>> {
  const users = new Map<number, number>();
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      const name = row.fields.includes('users_repaired') ? 'users_repaired' : 'users';
      columns = columnsOf(row, ['asn', name], source.file);
      continue;
    }
    const asn = numberField(row, columns[0] as number, source, 'the AS number');
    const count = numberField(row, columns[1] as number, source, 'the number of users');
    if (!Number.isInteger(asn) || asn < 1 || asn > maximumAsn || count < 0) {
      fail({
        code: 'internet.csv-number',
        what: `AS ${asn} with ${count} users`,
        where: `${source.file}:${row.line}`,
        fix: `AS numbers go from 1 to ${maximumAsn}, users from 0`,
      });
    }
    users.set(asn, (users.get(asn) ?? 0) + count);
  }
  if (users.size === 0) {
    fail({
      code: 'internet.no-users',
      what: 'the table of users has no row',
      where: source.file,
      fix: 'give a table with a line `asn,users` and one line an AS',
    });
  }
  return users;
}
