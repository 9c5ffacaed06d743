/**
 * Graceful restart: how long the speaker may be away before its routes are dropped, and whose forwarding survived.
 *
 * Layout (RFC 4724 §3): [flags 4 bits, restart time 12 bits] and for each family [AFI u16][SAFI u8][flags u8] …
 * The second flag asks for graceful restart after a NOTIFICATION, too (RFC 8538 §2).
 */
import { assert } from '../../../base/assert.ts';
import type { RestartFamily } from '../types.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { forwardingPreservedFlag, readFamily, writeFamily } from './family-list.ts';

const restartedFlag = 0x8000;
const notificationFlag = 0x4000;
const maximumSeconds = 0x0fff;

export const gracefulRestart: CapabilityDescriptor<'graceful-restart'> = {
  code: 64,
  kind: 'graceful-restart',
  name: 'Graceful Restart',
  length: { fixed: 2, each: 4 },
  rfc: 'RFC 4724 §3',
  decode(reader) {
    const first = reader.u16('restart flags and time');
    const families: RestartFamily[] = [];
    while (reader.left > 0) {
      const family = readFamily(reader);
      const forwardingPreserved = (reader.u8('family flags') & forwardingPreservedFlag) !== 0;
      if (family !== undefined) families.push({ family: family.name, forwardingPreserved });
    }
    return {
      kind: 'graceful-restart',
      restarted: (first & restartedFlag) !== 0,
      notification: (first & notificationFlag) !== 0,
      restartTimeSeconds: first & maximumSeconds,
      families,
    };
  },
  encode({ restarted, notification, restartTimeSeconds, families }, writer) {
    const seconds = restartTimeSeconds;
    assert(Number.isInteger(seconds) && seconds >= 0 && seconds <= maximumSeconds, 'a restart time is 0 to 4095 s');
    writer.u16((restarted ? restartedFlag : 0) | (notification ? notificationFlag : 0) | seconds);
    for (const { family, forwardingPreserved } of families) {
      writeFamily(family, writer).u8(forwardingPreserved ? forwardingPreservedFlag : 0);
    }
  },
};
