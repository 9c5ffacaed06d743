/** What routers tell, as lines for people. All of it comes from strangers, so control characters are shown as `?`. */

import { describeReason, statisticsJson } from '../../bgp/bmp/json.ts';
import type { MonitoredRib, PeerHeader } from '../../bgp/bmp/message/types.ts';
import type { StationNotice } from '../../bgp/bmp/station/types.ts';
import { attributesJson, nlriJson } from '../../bgp/message/json.ts';
import type { UpdateMessage } from '../../bgp/message/types.ts';
import { formatAddress } from '../../ip/address.ts';
import { routeText } from '../speak/route-json.ts';
import { printable } from '../table.ts';

/** Short enough to stand on every line of a table. */
const ribNames: Readonly<Record<MonitoredRib, string>> = {
  'adj-rib-in-pre-policy': 'in pre',
  'adj-rib-in-post-policy': 'in post',
  'adj-rib-out-pre-policy': 'out pre',
  'adj-rib-out-post-policy': 'out post',
  'loc-rib': 'best',
};

/** `name` is what the router calls itself, or its address. */
export function noticeText(notice: StationNotice, name: string): readonly string[] {
  return linesOf(notice).map((line) => printable(`${name}  ${line}`));
}

function linesOf(notice: StationNotice): readonly string[] {
  switch (notice.type) {
    case 'router-up':
      return [`connected from ${notice.remote}`];
    case 'router-named':
      return [`is ${notice.sysName ?? 'a router without a name'}${notice.sysDescr ? `: ${notice.sysDescr}` : ''}`];
    case 'router-down':
      return [`disconnected: ${notice.why}`];
    case 'peer-up':
      return [`up    ${peerText(notice.peer)}`];
    case 'peer-down':
      return [`down  ${peerText(notice.peer)}  ${describeReason(notice.reason)}`];
    case 'routes':
      return routesText(notice.update).map((line) => `${line} ${aboutText(notice.peer)}`);
    case 'end-of-rib':
      return [`=     all of ${notice.family} ${aboutText(notice.peer)}`];
    case 'statistics': {
      const numbers = Object.entries(statisticsJson(notice.statistics)).map(([key, value]) => `${key} ${value}`);
      return [`stats ${peerText(notice.peer)}  ${numbers.join(', ')}`];
    }
    case 'mirrored': {
      const { message, raw, what } = notice;
      const said = message === undefined ? `${raw.length} bytes that are no BGP message` : message.type;
      return [`mirror ${peerText(notice.peer)}  ${said}${what === undefined ? '' : `: ${what}`}`];
    }
    case 'fault': {
      const { what, offset, field, rfc } = notice.error;
      return [`fault ${what} (${field}, byte ${offset}; ${rfc})${notice.ends ? ': the connection ends' : ''}`];
    }
    case 'limit':
      return [`limit ${notice.what}`];
  }
}

function peerText({ address, asn }: PeerHeader): string {
  return address === undefined ? `Loc-RIB of AS ${asn}` : `${formatAddress(address)} AS ${asn}`;
}

function aboutText(peer: PeerHeader): string {
  return `[${ribNames[peer.rib]}${peer.address === undefined ? '' : ` ${formatAddress(peer.address)}`}]`;
}

/** One line a prefix; an update that says nothing of ours says what was wrong, or what it holds. */
function routesText({ withdrawn, reach, attributes, errors }: UpdateMessage): readonly string[] {
  const lines = [
    ...withdrawn.flatMap(({ prefixes }) => prefixes).map((prefix) => `-     ${prefixText(nlriJson(prefix))}`),
    ...reach.flatMap(({ nextHop, prefixes }) =>
      prefixes.map((prefix) => `+     ${routeText({ prefix, nextHop, attributes, ...pathIdOf(prefix) })}`),
    ),
    ...errors.map(({ what, rfc }) => `!     ${what} (${rfc})`),
  ];
  return lines.length > 0 ? lines : [`?     an update without prefixes ${JSON.stringify(attributesJson(attributes))}`];
}

function pathIdOf({ pathId }: { readonly pathId?: number }): { readonly pathId?: number } {
  return pathId === undefined ? {} : { pathId };
}

function prefixText(json: ReturnType<typeof nlriJson>): string {
  return typeof json === 'string' ? json : `${String(json.prefix)} path ${String(json.pathId)}`;
}
