/** BMP from a router that is no friend: single messages, and whole streams to a station that keeps what they say. */
import { seededRandom } from '../../src/base/random.ts';
import { noticeJson } from '../../src/bgp/bmp/json.ts';
import { bad, good } from '../../src/bgp/bmp/message/bmp.vectors.ts';
import { bmpBugField, decodeBmp, encodeBmp } from '../../src/bgp/bmp/message/codec.ts';
import { Station } from '../../src/bgp/bmp/station/station.ts';
import { bugField } from '../../src/bgp/message/codec.ts';
import type { FuzzTarget } from './target.ts';

function checkMessage(input: Uint8Array): string | undefined {
  const result = decodeBmp(input);
  if (result.ok) {
    const again = decodeBmp(encodeBmp(result.message));
    return again.ok ? undefined : `said again, it is refused: ${again.error.what}`;
  }
  const { offset, field, what, rfc } = result.error;
  if (field === bmpBugField) return what;
  if (!(offset >= 0 && offset <= input.length)) return `a fault at ${offset} of ${input.length} bytes`;
  return what.length > 0 && rfc.startsWith('RFC') ? undefined : 'a fault that says nothing';
}

const maximumRoutes = 5;

/** In pieces, the same notices come as from one piece; none is a bug of ours, and no more is kept than may be. */
function checkStream(input: Uint8Array): string | undefined {
  const whole = hear(input, [input]);
  const random = seededRandom(input.length);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const piece = input.subarray(at, at + 1 + random.below(90));
    pieces.push(piece);
    at += piece.length;
  }
  const parts = hear(input, pieces);
  if (whole.fault !== undefined) return whole.fault;
  return parts.json === whole.json ? undefined : 'in pieces, it says something else';
}

function hear(input: Uint8Array, pieces: readonly Uint8Array[]): { readonly json: string; readonly fault?: string } {
  const station = new Station({ maximumPeers: 3, maximumRoutes });
  const id = station.connected('fuzz')?.id ?? '';
  const json: string[] = [];
  for (const piece of pieces) {
    const { notices, close } = station.bytes(id, piece);
    for (const notice of notices) {
      if (notice.type === 'fault' && [bmpBugField, `UPDATE.${bugField}`].includes(notice.error.field)) {
        return { json: '', fault: notice.error.what };
      }
      json.push(JSON.stringify(noticeJson(notice)));
    }
    if (close) break;
  }
  const [router] = station.routers();
  const kept = (router?.peers ?? [])
    .flatMap(({ routes }) => Object.values(routes))
    .reduce((sum, count) => sum + count, 0);
  if (kept > maximumRoutes) return { json: '', fault: `${kept} routes are kept` };
  if ((router?.messages ?? 0) > input.length / 6) return { json: '', fault: 'more messages than the bytes can hold' };
  return { json: json.join('\n') };
}

const messages = [...good, ...bad.filter(({ field }) => field !== 'version')].map(({ bytes }) => bytes);

export const bmpMessage: FuzzTarget = {
  name: 'bmp-message',
  summary: 'BMP messages, decoded and encoded again',
  samples: () => messages.map((bytes) => ({ bytes, check: checkMessage })),
  repair(input) {
    // Keeps version and length right for 7 of 8 inputs: else few would come past them.
    if (input.length < 6 || (input.at(-1) as number) % 8 === 0) return;
    input.set([3, 0, 0, input.length >> 8, input.length & 0xff]);
  },
};

export const bmpStream: FuzzTarget = {
  name: 'bmp-stream',
  summary: 'a TCP stream of BMP messages in pieces, heard by a station',
  samples() {
    const begin = good.filter(({ bytes }) => bytes[5] === 4 || bytes[5] === 3).map(({ bytes }) => bytes);
    return messages.map((bytes, index) => ({
      bytes: Uint8Array.from(Buffer.concat([...begin, bytes, messages[(index + 5) % messages.length] ?? bytes])),
      check: checkStream,
    }));
  },
};
