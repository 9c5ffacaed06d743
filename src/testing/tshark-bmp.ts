/** tshark's view of BMP messages and ours, field by field in the same words: for tests that lay one beside the other. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { bmpTypes } from '../bgp/bmp/message/common-header.ts';
import type { BmpMessage, PeerHeader } from '../bgp/bmp/message/types.ts';
import { decodeMessage } from '../bgp/message/codec.ts';
import type { UpdateMessage } from '../bgp/message/types.ts';
import { type Address, formatAddress } from '../ip/address.ts';
import { pcapOf } from './pcap.ts';
import { prefixesOf } from './withdrawn.ts';

const statisticFields = [
  ...['prefix_rej', 'prefix_dup', 'withdraw_dup', 'cluster_loop', 'as_loop', 'inv_originator', 'as_confed_loop'],
  ...['routes_adj_rib_in', 'routes_loc_rib', 'routes_per_adj_rib_in', 'routes_per_loc_rib', 'update_treat'],
  ...['prefixes_treat', 'duplicate_update', 'routes_pre_adj_rib_out', 'routes_post_adj_rib_out'],
  ...['routes_pre_per_adj_rib_out', 'routes_post_per_adj_rib_out'],
].map((name) => `bmp.stats.data.${name}`);

const fields = [
  ...['bmp.version', 'bmp.length', 'bmp.type'],
  ...['bmp.peer.type', 'bmp.peer.flags', 'bmp.peer.distinguisher', 'bmp.peer.ip.addr', 'bmp.peer.ipv6.addr'],
  ...['bmp.peer.asn', 'bmp.peer.id', 'bmp.peer.timestamp.sec', 'bmp.peer.timestamp.msec'],
  ...['bmp.peer.up.ip.addr', 'bmp.peer.up.ipv6.addr', 'bmp.peer.up.port.local', 'bmp.peer.up.port.remote'],
  ...['bmp.peer.down.reason', 'bmp.init.type', 'bmp.init.info', 'bmp.term.type', 'bmp.stats.type', 'bgp.type'],
  ...['bgp.nlri_prefix', 'bgp.mp_reach_nlri_ipv6_prefix', 'bgp.withdrawn_prefix', 'bgp.mp_unreach_nlri_ipv6_prefix'],
  ...statisticFields,
] as const;

export type BmpView = Readonly<Record<string, string>>;

/** One view for each message; absent fields are empty. */
export function tsharkBmpViews(messages: readonly Uint8Array[]): BmpView[] {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-tshark-'));
  try {
    const file = join(directory, 'messages.pcap');
    writeFileSync(file, pcapOf(messages));
    const names = fields.flatMap((name) => ['-e', name]);
    const options = ['-n', '-d', 'tcp.port==179,bmp', '-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=,'];
    const output = execFileSync('tshark', ['-r', file, ...options, ...names], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
    const lines = output.toString().split('\n').slice(0, -1);
    return lines.map((line) => {
      const values = line.split('|');
      return Object.fromEntries(fields.map((name, index) => [name, values[index] ?? '']));
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same of our decoder's value. `raw` for its length and flags. */
export function ourBmpView(message: BmpMessage, raw: Uint8Array): BmpView {
  const view: Record<string, string> = Object.fromEntries(fields.map((name) => [name, '']));
  view['bmp.version'] = '3';
  view['bmp.length'] = String(raw.length);
  view['bmp.type'] = String(message.type === 'unknown' ? message.code : bmpTypes.indexOf(message.type));
  if ('peer' in message) Object.assign(view, peerView(message.peer, raw));
  switch (message.type) {
    case 'initiation':
      view['bmp.init.type'] = message.information.map(({ type }) => type).join();
      view['bmp.init.info'] = message.information.map(({ bytes }) => new TextDecoder().decode(bytes)).join();
      break;
    case 'termination':
      view['bmp.term.type'] = message.information.map(({ type }) => type).join();
      break;
    case 'peer-up': {
      const local = message.localAddress ?? noAddress(message.peer);
      view[local.family === 6 ? 'bmp.peer.up.ipv6.addr' : 'bmp.peer.up.ip.addr'] = formatAddress(local);
      view['bmp.peer.up.port.local'] = String(message.localPort);
      view['bmp.peer.up.port.remote'] = String(message.remotePort);
      view['bgp.type'] = '1,1';
      break;
    }
    case 'peer-down':
      view['bmp.peer.down.reason'] = String(raw[48]);
      if ('notification' in message.reason) view['bgp.type'] = '3';
      break;
    case 'statistics-report':
      view['bmp.stats.type'] = message.statistics.map(({ code }) => code).join();
      for (const statistic of message.statistics) {
        const name = statisticFields[statistic.code];
        if (name !== undefined && 'value' in statistic) view[name] = String(statistic.value);
      }
      break;
    case 'route-monitoring': {
      view['bgp.type'] = '2';
      const context = { fourOctetAsn: !message.peer.twoOctetPath, external: false, acceptAnyNextHop: true } as const;
      const families = ['ipv4-unicast', 'ipv6-unicast'] as const;
      const decoded = decodeMessage(message.update, { ...context, families, extendedMessages: true });
      if (decoded.ok) Object.assign(view, prefixesView(decoded.message as UpdateMessage));
      break;
    }
    case 'route-mirroring':
      view['bgp.type'] = message.items.flatMap(({ type, bytes }) => (type === 0 ? [bytes[18]] : [])).join();
      break;
    default:
      break;
  }
  return view;
}

function peerView(peer: PeerHeader, raw: Uint8Array): BmpView {
  const address = peer.address ?? noAddress(peer);
  const seconds = Math.floor(peer.timeMicroseconds / 1_000_000);
  return {
    'bmp.peer.type': String(raw[6]),
    'bmp.peer.flags': `0x${toHex(raw.subarray(7, 8))}`,
    'bmp.peer.distinguisher': peer.distinguisher.toString(16).padStart(16, '0'),
    [address.family === 6 ? 'bmp.peer.ipv6.addr' : 'bmp.peer.ip.addr']: formatAddress(address),
    'bmp.peer.asn': String(peer.asn),
    'bmp.peer.id': formatAddress(peer.routerId),
    'bmp.peer.timestamp.sec': String(seconds),
    'bmp.peer.timestamp.msec': String(peer.timeMicroseconds - seconds * 1_000_000),
  };
}

/** A Loc-RIB has zeros; tshark 4.0 takes its flag F for V, which is the same bit, and shows them as IPv6. */
function noAddress({ filtered }: PeerHeader): Address {
  return filtered ? { family: 6, bytes: new Uint8Array(16) } : { family: 4, bytes: new Uint8Array(4) };
}

function prefixesView({ reach, withdrawn }: UpdateMessage): BmpView {
  const text = (prefixes: readonly { readonly family: 4 | 6; readonly bytes: Uint8Array }[], family: 4 | 6): string =>
    prefixes
      .filter((prefix) => prefix.family === family)
      .map(({ bytes }) => formatAddress({ family, bytes }))
      .join();
  const announced = reach.flatMap(({ prefixes }) => prefixes);
  return {
    'bgp.nlri_prefix': text(announced, 4),
    'bgp.mp_reach_nlri_ipv6_prefix': text(announced, 6),
    'bgp.withdrawn_prefix': text(prefixesOf(withdrawn), 4),
    'bgp.mp_unreach_nlri_ipv6_prefix': text(prefixesOf(withdrawn), 6),
  };
}
