/**
 * Reads comma-separated files row by row (RFC 4180, without line breaks inside of fields), plain, gzip or bzip2.
 *
 * Why rows as they come: address ranges of the whole Internet are some 400,000 lines. A damaged file is an error with its line.
 */
import type { Readable } from 'node:stream';
import { fail } from '../../base/problem.ts';
import { UnpackError, unpackedChunks } from '../../base/unpacked-chunks.ts';
import { maximumAsn } from '../../ip/asn.ts';

export interface CsvRow {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface CsvSource {
  readonly file: string;
  readonly stdin: Readable;
}

/** No row of the files read here comes near; a file without line ends is something else. */
const longestRow = 1024 * 1024;

/** Rows, empty lines and those that begin with `#` left out. Problems: `file.unreadable`, `internet.file-damaged`. */
export async function* readCsv({ file, stdin }: CsvSource): AsyncGenerator<CsvRow> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  function damaged(what: string): never {
    return fail({
      code: 'internet.file-damaged',
      what,
      where: `${file}:${line + 1}`,
      fix: 'download or make it again',
    });
  }
  try {
    for await (const chunk of unpackedChunks(file, { stdin })) {
      const text = rest + decoder.decode(chunk, { stream: true });
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        const fields = fieldsOf(text.slice(start, end));
        line++;
        start = end + 1;
        if (fields !== undefined) yield { line, fields };
      }
      rest = text.slice(start);
      if (rest.length > longestRow) damaged('a line of more than a megabyte: this is no table');
    }
  } catch (error) {
    if (error instanceof UnpackError) damaged(`the file breaks off or is damaged: ${error.message}`);
    throw error;
  }
  const last = fieldsOf(rest + decoder.decode());
  if (last !== undefined) yield { line: line + 1, fields: last };
}

function fieldsOf(text: string): readonly string[] | undefined {
  const row = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (row === '' || row.startsWith('#')) return undefined;
  if (!row.includes('"')) return row.split(',');
  const fields: string[] = [];
  for (let at = 0; at <= row.length; at++) {
    if (row[at] !== '"') {
      const end = row.indexOf(',', at);
      fields.push(end === -1 ? row.slice(at) : row.slice(at, end));
      at = end === -1 ? row.length : end;
      continue;
    }
    let field = '';
    for (at++; at < row.length; at++) {
      if (row[at] !== '"') field += row[at];
      else if (row[at + 1] === '"') field += row[at++];
      else break;
    }
    fields.push(field);
    at++; // the closing quote; the comma is stepped over by the loop
  }
  return fields;
}

/** Finds columns by the names in a header row. */
export function columnsOf(header: CsvRow, names: readonly string[], file: string): readonly number[] {
  return names.map((name) => {
    const at = header.fields.findIndex((field) => field.trim().toLowerCase() === name);
    if (at !== -1) return at;
    return fail({
      code: 'internet.csv-column',
      what: `the table has no column "${name}"; its first line is ${JSON.stringify(header.fields.join(',').slice(0, 80))}`,
      where: `${file}:${header.line}`,
      fix: `give a table whose first line names the columns ${names.join(', ')}`,
    });
  });
}

export function asnField(row: CsvRow, column: number, source: CsvSource): number {
  const asn = numberField(row, column, source, 'the AS number', { from: 1, to: maximumAsn });
  if (Number.isInteger(asn)) return asn;
  return fail({
    code: 'internet.csv-number',
    what: `the AS number is ${asn}; a whole number was expected`,
    where: `${source.file}:${row.line}`,
    fix: 'mend the line or take it out',
  });
}

/** There are some 120,000 ASes; a table of ten times as many is about something else, and would not end in memory either. */
const mostAses = 1_000_000;

/** For tables by AS, after each new one. Problem: `internet.too-many-ases`. */
export function countAses(ases: { readonly size: number }, row: CsvRow, { file }: CsvSource): void {
  if (ases.size <= mostAses) return;
  fail({
    code: 'internet.too-many-ases',
    what: `the table has more than ${mostAses} AS numbers; the Internet has about a tenth of that`,
    where: `${file}:${row.line}`,
    fix: 'give a table by AS: one line for each',
  });
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** A finite number within the bounds, or an error that names the row. */
export function numberField(row: CsvRow, column: number, source: CsvSource, what: string, bounds?: Bounds): number {
  const text = (row.fields[column] ?? '').trim();
  const value = text === '' ? Number.NaN : Number(text);
  const { from, to } = bounds ?? { from: -Number.MAX_VALUE, to: Number.MAX_VALUE };
  if (value >= from && value <= to) return value;
  return fail({
    code: 'internet.csv-number',
    what: `${what} is ${JSON.stringify(text.slice(0, 40))}; a number ${bounds === undefined ? '' : `from ${from} to ${to} `}was expected`,
    where: `${source.file}:${row.line}`,
    fix: 'mend the line or take it out',
  });
}
