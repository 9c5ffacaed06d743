/**
 * Cuts a stream of bytes into lines of hex, each turned into bytes as it comes.
 *
 * Why not a line reader and a parser: a line can be longer than memory. Here a line keeps at most one message's bytes, and what is
 * beyond is counted and dropped.
 */

/** One line: its bytes, or why it holds none. */
export type HexLine =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `offset` counts the characters of the line from 0. */
  | { readonly ok: false; readonly offset: number; readonly what: string };

const newline = 0x0a;
/** Space, tab, carriage return, vertical tab, form feed and the colon. */
const separators = new Set([0x20, 0x09, 0x0d, 0x0b, 0x0c, 0x3a]);
const none = 0xff;

/** The value of each hex digit by its character; `none` for all others. */
const digits = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? none : value;
});

export class HexLines {
  readonly #longest: number;
  readonly #buffer: Uint8Array;
  #nibbles = 0;
  /** Characters of the line so far; 0 at its start. */
  #column = 0;
  #bad: { offset: number; character: number } | undefined;

  /** Lines of more than `longest` bytes are refused. */
  constructor(longest: number) {
    this.#longest = longest;
    this.#buffer = new Uint8Array(longest);
  }

  /** The lines that end in `chunk`, one at a time; whoever takes them may wait between two. */
  *push(chunk: Uint8Array): Generator<HexLine> {
    for (const character of chunk) {
      if (character === newline) {
        yield this.#finish();
        continue;
      }
      this.#take(character);
      this.#column++;
    }
  }

  /** The last line, where nothing ended it. */
  end(): HexLine | undefined {
    return this.#column === 0 ? undefined : this.#finish();
  }

  #take(character: number): void {
    const digit = digits[character] as number;
    if (digit === none) {
      if (!separators.has(character)) this.#bad ??= { offset: this.#column, character };
      return;
    }
    const at = this.#nibbles >> 1;
    if (at < this.#longest) {
      this.#buffer[at] = this.#nibbles % 2 === 0 ? digit << 4 : (this.#buffer[at] as number) | digit;
    }
    // Stays exact far beyond any line; only "too long" and "odd" are asked of it then.
    this.#nibbles = this.#nibbles < 0x4000_0000 ? this.#nibbles + 1 : this.#nibbles - 1;
  }

  #finish(): HexLine {
    const [nibbles, column, bad] = [this.#nibbles, this.#column, this.#bad];
    [this.#nibbles, this.#column, this.#bad] = [0, 0, undefined];
    if (bad !== undefined) {
      const shown =
        bad.character > 0x20 && bad.character < 0x7f ? `"${String.fromCharCode(bad.character)}"` : hex(bad.character);
      return { ok: false, offset: bad.offset, what: `${shown} is not a hex digit, nor a space or a colon` };
    }
    if (nibbles === 0) return { ok: false, offset: 0, what: 'the line holds no bytes' };
    if (nibbles > 2 * this.#longest) {
      return { ok: false, offset: 0, what: `the line holds more than ${this.#longest} bytes, the longest BGP message` };
    }
    if (nibbles % 2 !== 0) {
      return { ok: false, offset: column, what: `the line holds an odd number of hex digits, ${nibbles}` };
    }
    return { ok: true, bytes: this.#buffer.slice(0, nibbles / 2) };
  }
}

function hex(character: number): string {
  return `the byte ${character.toString(16).padStart(2, '0')}`;
}
