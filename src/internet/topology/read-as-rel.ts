/**
 * Reads CAIDA's AS relationship files, serial-1 (`provider|customer|-1`, `peer|peer|0`) and serial-2 (a fourth column
 * names the source), from bytes as they come.
 *
 * Why by byte: 570,000 lines are parsed in a few tens of milliseconds; splitting text into strings takes ten times that.
 * Format: https://publicdata.caida.org/datasets/as-relationships/ (README). Lines that begin with `#` are comments.
 */
import type { Problem } from '../../base/problem.ts';
import { AsLinks, linkKind } from './as-links.ts';

export interface AsRelResult {
  readonly links: AsLinks;
  /** The first lines that were no links, located; `badLines` counts all. */
  readonly problems: readonly Problem[];
  readonly badLines: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const bar = 0x7c;
const minus = 0x2d;
const hash = 0x23;
const reportedLines = 10;
/** No line of these files comes near; a file without line ends is something else. */
const longestLine = 4096;

/** Takes the file in pieces of any size. */
export class AsRelReader {
  readonly #file: string;
  readonly #links = new AsLinks();
  readonly #problems: Problem[] = [];
  #badLines = 0;
  #line = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    let start = 0;
    for (let end = bytes.indexOf(newline, start); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#take(bytes, start, end);
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    if (this.#rest.length > longestLine) {
      this.#bad('a line of more than 4096 bytes');
      this.#rest = new Uint8Array(0);
    }
  }

  end(): AsRelResult {
    if (this.#rest.length > 0) this.#take(this.#rest, 0, this.#rest.length);
    this.#rest = new Uint8Array(0);
    return { links: this.#links, problems: this.#problems, badLines: this.#badLines };
  }

  #take(bytes: Uint8Array, start: number, lineEnd: number): void {
    this.#line++;
    const end = lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    if (end === start || bytes[start] === hash) return;
    const [first, afterFirst] = number(bytes, start, end);
    const [second, afterSecond] = number(bytes, afterFirst + 1, end);
    let at = afterSecond + 1;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const [kind, afterKind] = number(bytes, at, end);
    const shaped =
      bytes[afterFirst] === bar && bytes[afterSecond] === bar && (afterKind === end || bytes[afterKind] === bar);
    const value = negative ? -kind : kind;
    if (
      !shaped ||
      first < 0 ||
      second < 0 ||
      kind < 0 ||
      (value !== linkKind.lateral && value !== linkKind.providerToCustomer)
    ) {
      const shown = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 60)));
      this.#bad(JSON.stringify(shown));
    } else if (first === second || first === 0 || second === 0) {
      this.#bad(`a link of AS${first} with AS${second}`);
    } else {
      this.#links.add(first, second, value);
    }
  }

  #bad(what: string): void {
    this.#badLines++;
    if (this.#problems.length >= reportedLines) return;
    this.#problems.push({
      code: 'internet.as-rel-line',
      severity: 'warning',
      what: `not an AS relationship: ${what}`,
      where: `${this.#file}:${this.#line + (this.#rest.length > longestLine ? 1 : 0)}`,
      fix: 'a line is `provider|customer|-1` or `peer|peer|0`, with a source behind it in serial-2',
      source: 'CAIDA AS relationships',
    });
  }
}

/** The decimal number at `start`, and where it ends; -1 where there is none or it is beyond 32 bits. */
function number(bytes: Uint8Array, start: number, end: number): [value: number, end: number] {
  let value = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    if (value > 0xffff_ffff) return [-1, at];
  }
  return [at === start ? -1 : value, at];
}
