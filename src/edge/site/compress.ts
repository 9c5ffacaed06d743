/** Compression at first need: off the main thread, a few at a time, and kept only where it makes the body smaller. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { ContentCoding } from './encoding.ts';

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** Below this, headers outweigh what compressing saves. */
export const compressAboveBytes = 512;
/** Above this, a file is compressed as it is sent, not before. */
export const compressWholeBelowBytes = 4 * 1024 * 1024;
const mostAtOnce = 4;

export interface Compressor {
  /** The compressed body; `undefined` where it did not get smaller; `'busy'` where too many are under way. */
  compress(body: Buffer, coding: Exclude<ContentCoding, 'identity'>): Promise<Buffer | undefined | 'busy'>;
}

export function createCompressor(): Compressor {
  let underWay = 0;
  return {
    async compress(body, coding) {
      if (underWay >= mostAtOnce) return 'busy';
      underWay++;
      try {
        const small =
          coding === 'br'
            ? await brotli(body, {
                params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
              })
            : await gzipped(body, { level: 6 });
        return small.length < body.length ? small : undefined;
      } finally {
        underWay--;
      }
    },
  };
}
