/**
 * Takes one file out of a tar archive as it streams by (POSIX.1-1988 ustar, with the long names of pax and of GNU tar).
 *
 * Why our own: npm packages are tar archives of which one file is wanted, out of tens of megabytes; nothing but that file is
 * held, and nothing is ever written where the archive says.
 */

export class TarError extends Error {}

const blockBytes = 512;
/** Names are a few hundred bytes; what claims more is no name. */
const mostNameBytes = 64 * 1024;

/** The content of the file `name`, in pieces. Throws `TarError` where the archive is damaged, breaks off, or has no such file. */
export async function* fileOfTar(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const input = new Blocks(chunks);
  try {
    yield* find(input, name);
  } finally {
    await input.end();
  }
}

async function* find(input: Blocks, name: string): AsyncGenerator<Uint8Array> {
  let longName: string | undefined;
  for (;;) {
    const header = await input.take(blockBytes);
    if (header === undefined || header.every((byte) => byte === 0)) break;
    const { name: shortName, size, type } = parseHeader(header);
    const padding = (blockBytes - (size % blockBytes)) % blockBytes;
    if (type === 'x' || type === 'L') {
      if (size > mostNameBytes) throw new TarError(`a name of ${size} bytes`);
      const content = await input.need(size + padding);
      const found = type === 'L' ? untilZero(content.subarray(0, size)) : pathOfPax(content.subarray(0, size));
      longName = found ?? longName;
      continue;
    }
    const isFile = type === '0' || type === '\0' || type === '7';
    if (isFile && (longName ?? shortName) === name) {
      yield* input.pieces(size);
      return;
    }
    longName = undefined;
    for await (const _ of input.pieces(size + padding)); // passed over
  }
  throw new TarError(`the archive has no file ${name}`);
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

function parseHeader(header: Uint8Array): Header {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== octal(header.subarray(148, 156))) throw new TarError('a header whose checksum is wrong');
  const prefix = untilZero(header.subarray(257, 262)) === 'ustar' ? untilZero(header.subarray(345, 500)) : '';
  const last = untilZero(header.subarray(0, 100));
  return {
    name: prefix === '' ? last : `${prefix}/${last}`,
    size: octal(header.subarray(124, 136)),
    type: String.fromCharCode(header[156] as number),
  };
}

function octal(field: Uint8Array): number {
  const text = untilZero(field).trim();
  if (!/^[0-7]{1,12}$/.test(text)) throw new TarError(`${JSON.stringify(text)} where an octal number stands`);
  return Number.parseInt(text, 8);
}

function untilZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** A pax record is `LENGTH key=value\n`; the length counts itself. */
function pathOfPax(bytes: Uint8Array): string | undefined {
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(new TextDecoder().decode(bytes.subarray(at, at + 20)), 10);
    if (!(length > 0) || at + length > bytes.length) throw new TarError('a pax record without its length');
    const record = new TextDecoder().decode(bytes.subarray(at, at + length - 1));
    const [, key, value] = /^\d+ ([^=]+)=(.*)$/s.exec(record) ?? [];
    if (key === 'path') return value;
    at += length;
  }
  return undefined;
}

/** Chunks of any size as whole blocks. */
class Blocks {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The source is let go of, read to its end or not. */
  async end(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** `undefined` where nothing is left at all. */
  async take(bytes: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    for await (const piece of this.#upTo(bytes)) parts.push(piece.slice());
    const whole = Buffer.concat(parts);
    if (whole.length === 0 && bytes > 0) return undefined;
    if (whole.length < bytes) throw new TarError('the archive breaks off');
    return whole;
  }

  async need(bytes: number): Promise<Uint8Array> {
    const whole = await this.take(bytes);
    if (whole === undefined) throw new TarError('the archive breaks off');
    return whole;
  }

  async *pieces(bytes: number): AsyncGenerator<Uint8Array> {
    let came = 0;
    for await (const piece of this.#upTo(bytes)) {
      came += piece.length;
      yield piece;
    }
    if (came < bytes) throw new TarError('the archive breaks off');
  }

  async *#upTo(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done === true) return;
        this.#rest = value;
        continue;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}
