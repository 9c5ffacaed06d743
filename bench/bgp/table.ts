/** A made-up full table as the messages that announce and withdraw it: sets of attributes, each of ten prefixes. */
import { seededRandom } from '../../src/base/random.ts';
import { encodeMessage } from '../../src/bgp/message/codec.ts';
import type { CodecContext, UpdateMessage } from '../../src/bgp/message/types.ts';
import type { Address } from '../../src/ip/address.ts';
import type { Prefix } from '../../src/ip/prefix.ts';

export const prefixesOfASet = 10;
export const codec: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };

/** The numbers up to 2^20 are spread by it, each once: the prefixes of one set lie apart. */
const stride = 514_229;

function nthPrefix(index: number): Prefix {
  const place = (index * stride) % 0x10_0000;
  // From 16.0.0.0 on: a million of /24.
  return { family: 4, bytes: Uint8Array.of(16 + (place >> 16), place >> 8, place, 0), length: 24 };
}

export function announcements(count: number, asn: number, nextHop: Address): Uint8Array {
  const random = seededRandom(4271);
  const messages: Uint8Array[] = [];
  for (let start = 0; start < count; start += prefixesOfASet) {
    const asns = [asn, ...Array.from({ length: 2 + random.below(4) }, () => 1000 + random.below(60_000))];
    const communities = Array.from({ length: random.below(4) }, () => 0x0400_0000 + random.below(0x1000_0000));
    const prefixes = Array.from({ length: Math.min(prefixesOfASet, count - start) }, (_, i) => nthPrefix(start + i));
    const update: UpdateMessage = {
      type: 'update',
      withdrawn: [],
      reach: [{ family: 'ipv4-unicast', nextHop, prefixes }],
      attributes: {
        originCode: 'igp',
        asPath: [{ kind: 'sequence', asns }],
        multiExitDiscriminator: start, // makes each set another one
        ...(communities.length > 0 && { communities }),
      },
      errors: [],
    };
    messages.push(...encodeMessage(update, codec));
  }
  return Buffer.concat(messages);
}

export function withdrawals(count: number): Uint8Array {
  const prefixes = Array.from({ length: count }, (_, index) => nthPrefix(index));
  const withdrawn = [{ family: 'ipv4-unicast', prefixes }] as const;
  const update: UpdateMessage = { type: 'update', withdrawn, reach: [], attributes: {}, errors: [] };
  return Buffer.concat(encodeMessage(update, codec));
}
