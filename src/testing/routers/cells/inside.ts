/**
 * A peer of bytes behind a speaker of ours, over loopback: where routes come from that no speaker would originate, with
 * attributes, sets, paths and next hops of others.
 */
import { once } from 'node:events';
import net from 'node:net';
import { encodeMessage } from '../../../bgp/message/codec.ts';
import type { AsPathSegment, CodecContext, Message, PathAttributes } from '../../../bgp/message/types.ts';
import { acceptAll } from '../../../bgp/policy/common.ts';
import type { PeerConfig } from '../../../bgp/speaker/types.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../bgp-routes.ts';
import { waitFor } from '../../wait.ts';
import type { Speaker } from './stage.ts';

export interface InsideOptions {
  readonly asn?: number;
  readonly nextHop?: string;
  /** Behind its own ASN. */
  readonly path?: readonly AsPathSegment[];
  readonly attributes?: PathAttributes;
  /** What it is to the speaker. */
  readonly peer?: Partial<PeerConfig>;
}

const codec: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast', 'ipv6-unicast'] };

export interface Inside {
  announce(prefix: string): void;
}

/** Peers with the speaker as `id` and waits until the session is up; the socket ends with the speaker. */
export async function startInside(
  { host }: Speaker,
  { asn = 64_800, nextHop = '198.51.100.77', path = [], attributes = {}, peer = {} }: InsideOptions = {},
): Promise<Inside> {
  const id = `inside ${asn}`;
  const { listen } = await host.addPeer(
    {
      id,
      peerAsn: asn,
      address: address('127.0.0.1'),
      holdTimeSeconds: 0,
      connectRetrySeconds: 1,
      families: codec.families,
      passive: true,
      allowAsSet: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: {},
      ...peer,
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  const socket = net.connect(listen as { host: string; port: number });
  socket.on('error', () => {}); // the speaker may end it any time
  socket.resume();
  await once(socket, 'connect');
  const send = (message: Message): void => {
    for (const bytes of encodeMessage(message, codec)) socket.write(bytes);
  };
  send({
    type: 'open',
    asn,
    holdTimeSeconds: 0,
    routerId: address(`10.96.0.${asn % 250}`),
    capabilities: [
      { kind: 'multiprotocol', family: 'ipv4-unicast' },
      { kind: 'multiprotocol', family: 'ipv6-unicast' },
      { kind: 'four-octet-asn', asn },
    ],
  });
  send({ type: 'keepalive' });
  await waitFor(`the session with ${id}`, () => host.sessionPhase(id) === 'established');
  return {
    announce(text) {
      const prefix = mustPrefix(text);
      send({
        type: 'update',
        withdrawn: [],
        reach: [
          {
            family: prefix.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast',
            nextHop: address(prefix.family === 4 ? nextHop : '2001:db8:98::77'),
            prefixes: [prefix],
          },
        ],
        attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [asn] }, ...path], ...attributes },
        errors: [],
      });
    },
  };
}
