/** Tables of plain text: columns as wide as they need, two spaces between, nothing at the end of a line. */

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number | null;
  readonly align?: 'left' | 'right';
}

/** Lines with a heading. What is null shows as `-`; control characters, which could move the cursor, as `?`. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => printable(String(column.cell(row) ?? '-'))));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[i] ?? ''))),
  );
  const format = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - width(text));
        return columns[i]?.align === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd();
  return [format(columns.map((column) => column.title)), ...cells.map(format)];
}

function width(text: string): number {
  return [...text].length;
}

export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
