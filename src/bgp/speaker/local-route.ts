/** Our own routes as the decision process sees them: with an empty path, and with a next hop that means "here". */
import type { PathAttributes } from '../message/types.ts';
import { localPeer } from '../rib/decision.ts';
import type { Path } from '../rib/types.ts';
import type { LocalRoute, SpeakerConfig } from './types.ts';

export function localPath({ prefix, attributes }: LocalRoute, { asn, routerId }: SpeakerConfig): Path {
  const all: PathAttributes = { ...attributes, originCode: attributes.originCode ?? 'igp', asPath: [] };
  return {
    source: { peer: localPeer, asn, routerId, address: routerId, external: false },
    nextHop: { family: prefix.family, bytes: new Uint8Array(prefix.family === 4 ? 4 : 16) },
    attributes: all,
  };
}
