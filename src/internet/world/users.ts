/** Reads how many users each AS has: a table with the columns `asn` and `users` (or `users_repaired`, as APNIC's estimates). */
import { fail } from '../../base/problem.ts';
import { asnField, type CsvSource, columnsOf, countAses, numberField, readCsv } from './csv.ts';

/** Users may be requests or bytes as well: whatever an operator weighs by. Sums of more are no longer exact. */
const mostUsers = 1e15;

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
    const asn = asnField(row, columns[0] as number, source);
    const count = numberField(row, columns[1] as number, source, 'the number of users', { from: 0, to: mostUsers });
    users.set(asn, (users.get(asn) ?? 0) + count);
    countAses(users, row, source);
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
