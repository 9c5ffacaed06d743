/**
 * Long-lived graceful restart: for each family, how long its routes may be kept as stale after the graceful restart ran out.
 *
 * Layout (RFC 9494 §3): [AFI u16][SAFI u8][flags u8][stale time u24] …
 */
import { assert } from '../../../base/assert.ts';
import type { LongLivedFamily } from '../types.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { forwardingPreservedFlag, readFamily, writeFamily } from './family-list.ts';

const maximumSeconds = 0xff_ffff;

export const longLivedGracefulRestart: CapabilityDescriptor<'long-lived-graceful-restart'> = {
  code: 71,
  kind: 'long-lived-graceful-restart',
  name: 'Long-Lived Graceful Restart',
  length: { fixed: 0, each: 7 },
  rfc: 'RFC 9494 §3',
  decode(reader) {
    const families: LongLivedFamily[] = [];
    while (reader.left > 0) {
      const family = readFamily(reader);
      const forwardingPreserved = (reader.u8('family flags') & forwardingPreservedFlag) !== 0;
      const staleTimeSeconds = reader.u8('stale time') * 0x10000 + reader.u16('stale time');
      if (family !== undefined) families.push({ family: family.name, forwardingPreserved, staleTimeSeconds });
    }
    return { kind: 'long-lived-graceful-restart', families };
  },
  encode({ families }, writer) {
    for (const { family, forwardingPreserved, staleTimeSeconds: seconds } of families) {
      assert(Number.isInteger(seconds) && seconds >= 0 && seconds <= maximumSeconds, 'a stale time is 0 to 16777215 s');
      writeFamily(family, writer)
        .u8(forwardingPreserved ? forwardingPreservedFlag : 0)
        .u8(seconds >>> 16)
        .u16(seconds & 0xffff);
    }
  },
};
