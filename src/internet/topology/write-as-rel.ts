/** Writes links as CAIDA's serial-1 files have them: `provider|customer|-1`, `peer|peer|0`. */
import type { AsLinks } from './as-links.ts';

/** The file's text; `comment` becomes its first line. */
export function formatAsRel(links: AsLinks, comment: string): string {
  const { first, second, kind } = links.columns();
  const lines = [`# ${comment}`];
  for (let index = 0; index < links.count; index++) lines.push(`${first[index]}|${second[index]}|${kind[index]}`);
  return `${lines.join('\n')}\n`;
}
