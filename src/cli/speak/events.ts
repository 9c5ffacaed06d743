/** What `nearcast bgp speak` prints: one line an event, as JSON for programs or as text for people. */
import type { ValidationStatus } from '../../announcer/announcer.ts';
import type { Problem } from '../../base/problem.ts';
import { formatProblem } from '../../base/problem.ts';
import { capabilityJson, errorJson, messageJson } from '../../bgp/message/json.ts';
import type { UpdateMessage } from '../../bgp/message/types.ts';
import type { Negotiated } from '../../bgp/session/types.ts';
import type { LimitNotice, NeighborStatus } from '../../bgp/speaker/types.ts';
import type { BestChange, SessionChange } from '../../bgp/transport/types.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import { printable } from '../table.ts';
import { type Explanation, explanationJson, explanationText } from './explanation.ts';
import { type RouteJson, routeJson, routeText, type ShownRoute } from './route-json.ts';
import type { ShownValidation } from './validator.ts';

export type SpeakEvent =
  | {
      readonly type: 'ready';
      readonly pid: number;
      /** Where peers may connect. */
      readonly listening: readonly { readonly peer: string; readonly host: string; readonly port: number }[];
    }
  | { readonly type: 'limit'; readonly peer: string; readonly notice: LimitNotice }
  | { readonly type: 'update'; readonly peer: string; readonly update: UpdateMessage }
  | { readonly type: 'session'; readonly change: SessionChange }
  | { readonly type: 'best'; readonly change: BestChange; readonly validation?: ShownValidation }
  | {
      readonly type: 'routes';
      readonly peer: string;
      readonly direction: 'in' | 'out';
      readonly routes: readonly ShownRoute[];
    }
  | { readonly type: 'neighbors'; readonly neighbors: readonly NeighborStatus[] }
  /** A monitoring station (BMP) is connected, or is not and why. */
  | { readonly type: 'station'; readonly station: string; readonly connected: boolean; readonly why?: string }
  /** What RPKI data there is is another, or a cache fails. */
  | {
      readonly type: 'rpki';
      readonly state: ValidationStatus['state'];
      readonly vrps: number;
      readonly aspas: number;
      readonly failures: readonly { readonly cache: string; readonly what: string }[];
    }
  | { readonly type: 'explanation'; readonly explanation: Explanation }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'stopped'; readonly unacknowledged: readonly string[] };

/** One object; `route` and `withdrawn` are what became of a prefix's best route. */
export function eventJson(event: SpeakEvent): Record<string, unknown> {
  switch (event.type) {
    case 'session':
      return { type: 'session', ...sessionJson(event.change) };
    case 'best': {
      const { prefix, best } = event.change;
      if (best === undefined) return { type: 'withdrawn', prefix: formatPrefix(prefix) };
      return { type: 'route', peer: best.source.peer, ...routeJson({ ...best, ...event.validation }) };
    }
    case 'routes':
      return { ...event, routes: event.routes.map((route): RouteJson => routeJson(route)) };
    case 'neighbors':
      return { ...event, neighbors: event.neighbors.map(neighborJson) };
    case 'limit':
      return { type: 'limit', peer: event.peer, ...event.notice };
    case 'update': {
      const { peer, update } = event;
      return { type: 'update', peer, ...messageJson(update), errors: update.errors.map(errorJson) };
    }
    case 'explanation':
      return { type: 'explanation', ...explanationJson(event.explanation) };
    case 'ready':
    case 'station':
    case 'rpki':
    case 'problem':
    case 'stopped':
      return { ...event };
  }
}

/** Lines for people. A peer's words may hold anything, so control characters are shown as `?`. */
export function eventText(event: SpeakEvent): readonly string[] {
  switch (event.type) {
    case 'ready':
      return [
        'ready',
        ...event.listening.map(({ peer, host, port }) => `      ${peer} may connect to ${host} port ${port}`),
      ];
    case 'limit': {
      const { direction, family, level, count, maximum } = event.notice;
      return [`limit ${event.peer}  ${level}: ${count} of ${maximum} prefixes ${direction}, ${family}`];
    }
    case 'station': {
      const { station, connected, why = 'the connection was lost' } = event;
      return [`station ${station}  ${connected ? 'connected' : why}`];
    }
    case 'rpki': {
      const { state, vrps, aspas, failures } = event;
      const data =
        state === 'waiting' ? 'no data yet' : `${vrps} VRPs, ${aspas} ASPAs${state === 'stale' ? ', old' : ''}`;
      return [`rpki  ${data}`, ...failures.map(({ cache, what }) => printable(`      ${cache}: ${what}`))];
    }
    case 'explanation':
      return explanationText(event.explanation);
    case 'update':
      return updateText(event.peer, event.update);
    case 'session': {
      const { change } = event;
      if (change.type === 'up') {
        const { holdTimeSeconds, codec } = change.negotiated;
        const said = [`hold time ${holdTimeSeconds} s`, ...codec.families, ...extrasOf(change.negotiated)];
        return [`up    ${change.peer}  ${said.join(', ')}`];
      }
      const { what, communication } = change.reason;
      const words = communication === undefined || what.includes(communication) ? '' : ` "${communication}"`;
      return [printable(`down  ${change.peer}  ${what}${words}`)];
    }
    case 'best': {
      const { prefix, best } = event.change;
      return [
        best === undefined
          ? `-     ${formatPrefix(prefix)}`
          : `+     ${routeText({ ...best, ...event.validation })} from ${best.source.peer}`,
      ];
    }
    case 'routes':
      return [
        `${event.peer}, ${event.direction}: ${event.routes.length} routes`,
        ...event.routes.map((route) => `      ${routeText(route)}`),
      ];
    case 'neighbors':
      return event.neighbors.map(
        ({ id, asn, phase, receivedRoutes, announcedRoutes }) =>
          `${id}  AS ${asn}  ${phase}  ${receivedRoutes} routes in, ${announcedRoutes} out`,
      );
    case 'problem':
      return formatProblem(event.problem).split('\n');
    case 'stopped':
      return event.unacknowledged.length === 0
        ? ['stopped']
        : [`stopped; not closed in time by ${event.unacknowledged.join(', ')}`];
  }
}

/** What was said, before anything was made of it: `<+` announced, `<-` withdrawn. */
function updateText(
  peer: string,
  { withdrawn, reach, attributes, endOfRib, errors }: UpdateMessage,
): readonly string[] {
  return [
    ...errors.map(({ what, outcome, rfc }) => printable(`<!    ${peer}  ${outcome}: ${what} (${rfc})`)),
    ...withdrawn.flatMap(({ prefixes }) => prefixes).map((prefix) => `<-    ${formatPrefix(prefix)} from ${peer}`),
    ...reach.flatMap(({ nextHop, prefixes }) =>
      prefixes.map(({ pathId, ...prefix }) => {
        const numbered = pathId === undefined ? {} : { pathId };
        return `<+    ${routeText({ prefix, nextHop, attributes, ...numbered })} from ${peer}`;
      }),
    ),
    ...(endOfRib === undefined ? [] : [`<.    end of ${endOfRib} from ${peer}`]),
  ];
}

/** What a session agreed on beyond the plain. */
function extrasOf({ codec, peerRole, gracefulRestart }: Negotiated): readonly string[] {
  const { receive = [], send = [] } = codec.addPath ?? {};
  return [
    ...(peerRole === undefined ? [] : [`the peer is ${peerRole}`]),
    ...receive.map((family) => `several paths in ${family}`),
    ...send.map((family) => `several paths out ${family}`),
    ...(codec.extendedMessages === true ? ['extended messages'] : []),
    ...(gracefulRestart === undefined ? [] : ['graceful restart']),
    ...(codec.fourOctetAsn ? [] : ['AS numbers of 2 octets']),
  ];
}

function sessionJson(change: SessionChange): Record<string, unknown> {
  if (change.type === 'down') {
    return { peer: change.peer, state: 'down', wasEstablished: change.wasEstablished, reason: change.reason };
  }
  const { holdTimeSeconds, codec, routeRefresh } = change.negotiated;
  return { peer: change.peer, state: 'up', holdTimeSeconds, families: codec.families, routeRefresh };
}

function neighborJson({ lastMalformed, offered, negotiated, ...status }: NeighborStatus): Record<string, unknown> {
  const { what, rfc, outcome, field } = lastMalformed ?? {};
  return {
    ...status,
    offered: offered.map(capabilityJson),
    ...(negotiated && { peerCapabilities: negotiated.peerCapabilities.map(capabilityJson) }),
    ...(lastMalformed && { lastMalformed: { what, rfc, outcome, field } }),
  };
}
