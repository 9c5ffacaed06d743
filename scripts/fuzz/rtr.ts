/** RTR from a cache that is no friend: single PDUs, and a stream of them in pieces. */
import { fromHex } from '../../src/base/bytes.ts';
import { seededRandom } from '../../src/base/random.ts';
import { decodePdu, encodePdu } from '../../src/rpki/pdu/codec.ts';
import { PduFramer } from '../../src/rpki/pdu/framer.ts';
import { bad, good, tolerated } from '../../src/rpki/pdu/pdu.vectors.ts';
import type { FuzzTarget } from './target.ts';

function checkPdu(input: Uint8Array): string | undefined {
  const result = decodePdu(input);
  if (!result.ok) {
    const { offset, what } = result.fault;
    return offset <= input.length && what.length > 0 ? undefined : `a fault at ${offset} of ${input.length} bytes`;
  }
  const again = decodePdu(encodePdu(result.version, result.pdu));
  return again.ok ? undefined : `said again, it is refused: ${again.fault.what}`;
}

function kind(input: Uint8Array): string {
  const result = decodePdu(input);
  return result.ok ? `version ${result.version} ${result.pdu.type}` : result.fault.what.replace(/[0-9]+/g, '#');
}

/** In pieces, the same PDUs come out as from one piece. */
function checkStream(input: Uint8Array): string | undefined {
  const whole: string[] = [];
  const ended = new PduFramer().push(input, (pdu) => whole.push(Buffer.from(pdu).toString('hex')) > 0);
  const parts: string[] = [];
  const framer = new PduFramer();
  const random = seededRandom(input.length);
  for (let at = 0; at < input.length; ) {
    const piece = input.subarray(at, at + 1 + random.below(30));
    at += piece.length;
    if (framer.push(piece, (pdu) => parts.push(Buffer.from(pdu).toString('hex')) > 0) !== undefined) break;
  }
  if (parts.join() !== whole.join()) return `${whole.length} PDUs whole, ${parts.length} in pieces, or others`;
  const fault = whole.map((hex) => checkPdu(Buffer.from(hex, 'hex'))).find((found) => found !== undefined);
  return fault ?? (ended === undefined || ended.what.length > 0 ? undefined : 'a fault that says nothing');
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex.replace(/\s/g, ''));
  if (bytes === undefined) throw new Error(`not hex: ${hex}`);
  return bytes;
}

const pdus = [...good, ...tolerated, ...bad].map(({ hex }) => bytesOf(hex));

export const rtrPdu: FuzzTarget = {
  name: 'rtr-pdu',
  summary: 'RTR PDUs, decoded and encoded again',
  samples: () => pdus.map((bytes) => ({ bytes, check: checkPdu, kind })),
  repair(input) {
    if (input.length >= 8 && (input.at(-1) as number) % 8 !== 0)
      input.set([0, 0, input.length >> 8, input.length & 0xff], 4);
  },
};

export const rtrStream: FuzzTarget = {
  name: 'rtr-stream',
  summary: 'a TCP stream of RTR PDUs in pieces',
  samples: () =>
    pdus.map((bytes, index) => ({
      bytes: Uint8Array.of(...bytes, ...(pdus[(index + 3) % pdus.length] ?? [])),
      check: checkStream,
    })),
};
