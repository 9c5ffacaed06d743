/**
 * `nearcast bmp decode`: a captured BMP stream, as one router's to a station, in lines of JSON.
 *
 * Why as a station: how an UPDATE reads depends on the Peer Up before it, so messages of a stream can only be read in their order.
 */
import { noticeJson } from '../../bgp/bmp/json.ts';
import { Station } from '../../bgp/bmp/station/station.ts';

/** The lines for `input`, in pieces of whole lines. Returns whether all of it could be followed. */
export async function* decodeBmpStream(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, boolean> {
  const station = new Station({ maximumRoutes: 0 });
  const router = station.connected('capture')?.id ?? '';
  let followed = true;
  for await (const chunk of input) {
    const { notices, close } = station.bytes(router, chunk);
    if (notices.length > 0) yield notices.map((notice) => `${JSON.stringify(noticeJson(notice))}\n`).join('');
    followed &&= !notices.some((notice) => notice.type === 'fault' && notice.ends);
    if (close) break;
  }
  return followed;
}

/** Hex digits as bytes: spaces, colons and line ends between them are left out. A digit without a second one at the end is dropped. */
export async function* fromHexStream(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = '';
  for await (const chunk of input) {
    const digits = left + Buffer.from(chunk).toString('latin1').replace(/[\s:]/g, '');
    const whole = digits.length - (digits.length % 2);
    yield Buffer.from(digits.slice(0, whole), 'hex');
    left = digits.slice(whole);
  }
}
