/** Reads a list of ASes, one a line (`64500`, or `AS64500`): those that enforce origin validation, for example. */
import { fail } from '../../base/problem.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type CsvSource, countAses, readCsv } from './csv.ts';

/** Problems: those of `readCsv`, `internet.asn-list`. */
export async function readAsns(source: CsvSource): Promise<ReadonlySet<number>> {
  const asns = new Set<number>();
  for await (const row of readCsv(source)) {
    const text = (row.fields[0] ?? '').trim();
    const asn = parseAsn(text);
    if (asn === undefined || row.fields.length > 1) {
      fail({
        code: 'internet.asn-list',
        what: `${JSON.stringify(row.fields.join(',').slice(0, 40))} is no AS number by itself`,
        where: `${source.file}:${row.line}`,
        fix: 'write one AS number a line and nothing else; a line that begins with # is left out',
      });
    } else asns.add(asn);
    countAses(asns, row, source);
  }
  if (asns.size > 0) return asns;
  return fail({
    code: 'internet.asn-list',
    what: 'the list names no AS',
    where: source.file,
    fix: 'write one AS number a line',
  });
}
