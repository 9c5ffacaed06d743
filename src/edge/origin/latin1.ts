/** Node's own reader of Latin-1, one character a byte: `toString` looks it up by name at each call, and its types leave it out. */

type Latin1Bytes = Buffer & { latin1Slice(start: number, end: number): string };

/** The bytes from `start` to before `end`, one character each. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return (bytes as Latin1Bytes).latin1Slice(start, end);
}
