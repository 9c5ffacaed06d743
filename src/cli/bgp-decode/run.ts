/**
 * `nearcast bgp decode` as a stream: lines of hex in, lines of JSON out, in order, at the pace of whoever reads them.
 *
 * Why not all at once: captures are large. At most one chunk of input and one of output are in memory.
 */
import { maximumExtendedLength } from '../../bgp/message/header.ts';
import { contextOf, type DecodeOptions, decodeLine } from './decode-line.ts';
import { HexLines } from './hex-lines.ts';

const flushAt = 64 * 1024;

/** The output for `input`, in pieces of whole lines. */
export async function* decodeStream(input: AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncGenerator<string> {
  const context = contextOf(options);
  const lines = new HexLines(maximumExtendedLength);
  let output = '';
  for await (const chunk of input) {
    for (const line of lines.push(chunk)) {
      output += `${JSON.stringify(decodeLine(line, context))}\n`;
      if (output.length >= flushAt) {
        yield output;
        output = '';
      }
    }
    // What is known is told before more is asked for: the input may be a session that is still going on.
    if (output !== '') yield output;
    output = '';
  }
  const last = lines.end();
  if (last !== undefined) yield `${JSON.stringify(decodeLine(last, context))}\n`;
}
