/**
 * What is proven with each router: the rows of `docs/interop.md`. Each has a case of its own in `suite.ts` or in `cells/`, which runs
 * with every router but those whose `cannot` names the row and says why.
 *
 * Why one table: the page is made from it and from the routers' reasons, and a test compares them, so the page says neither more
 * nor less than what runs.
 */

export interface Feature {
  /** What the row says, and the name of its test. */
  readonly title: string;
  /** `RFC 4271 §6.8`. */
  readonly source: string;
}

const table = {
  connects: { title: 'we connect', source: 'RFC 4271 §8' },
  waits: { title: 'we wait for the router to connect', source: 'RFC 4271 §8' },
  collision: { title: 'two connections at once: one session is left', source: 'RFC 4271 §6.8' },
  delayOpen: { title: 'we delay our OPEN', source: 'RFC 4271 §8.1.1' },
  noHoldTime: { title: 'hold time 0: no keepalives', source: 'RFC 4271 §4.2' },
  md5: { title: 'TCP MD5: the right key, the wrong key', source: 'RFC 2385' },
  ttlSecurity: { title: 'TTL security', source: 'RFC 5082' },
  multihop: { title: 'two hops away: only with multihop', source: 'RFC 4271 §5.1.3' },
  ourRange: { title: 'the router is a neighbour by our range', source: 'docs/bgp.md' },
  theirRange: { title: "we are a neighbour by the router's range", source: 'docs/bgp.md' },
  tables: {
    title: 'tables of both families, route by route, both ways, changed and withdrawn',
    source: 'RFC 4271, 4760',
  },
  over6: { title: 'a session over IPv6 with routes of both families', source: 'RFC 2545' },
  linkLocal: { title: 'a session between link-local addresses, next hops link-local too', source: 'RFC 2545, 8950' },
  unknownAttribute: { title: 'an attribute that nobody knows is passed on', source: 'RFC 4271 §5' },
  extendedCommunities: {
    title: 'extended and large communities go through the router unchanged',
    source: 'RFC 4360, 8092',
  },
  asSet: { title: 'AS_SET: refused, and taken where a session says so', source: 'RFC 9774' },
  twoOctet: { title: 'a router that knows 2-octet AS numbers only', source: 'RFC 6793 §4.2' },
  weRefresh: { title: 'we ask for all routes again', source: 'RFC 2918' },
  theyRefresh: { title: 'the router asks for all routes again', source: 'RFC 2918' },
  enhancedRefresh: { title: 'a refresh between marks', source: 'RFC 7313' },
  addPath: { title: 'several paths to a prefix, to the router and back', source: 'RFC 7911' },
  extendedMessages: { title: 'messages of more than 4096 bytes, to the router and back', source: 'RFC 8654' },
  extendedNextHop: { title: 'IPv4 routes with IPv6 next hops, to the router and back', source: 'RFC 8950' },
  role: { title: 'roles that fit; ONLY_TO_CUSTOMER both ways', source: 'RFC 9234' },
  roleMismatch: { title: 'roles that contradict are refused', source: 'RFC 9234 §4.2' },
  routerRestarts: { title: 'the router dies and comes back: its routes stay', source: 'RFC 4724' },
  weRestart: { title: 'we die and come back: the router keeps our routes', source: 'RFC 4724' },
  routerLongGone: { title: 'the router stays away: its routes are the last resort', source: 'RFC 9494' },
  weAreLongGone: { title: 'we stay away: the router keeps our routes as the last resort', source: 'RFC 9494' },
  theirShutdown: { title: 'the router shuts the session down, and we read why', source: 'RFC 4486, 9003' },
  ourShutdown: { title: 'we shut the session down, and the router reads why', source: 'RFC 9003' },
  theirLimit: { title: "beyond the router's prefix limit: we read why it ends", source: 'RFC 4486' },
  ourLimit: { title: 'beyond our prefix limit: the router reads why it ends', source: 'RFC 4271 §6.7' },
  silent: { title: 'a router that falls silent: our hold timer', source: 'RFC 4271 §6.5' },
  notReading: { title: 'a router that stops reading: our send hold timer', source: 'RFC 9687' },
  killed: { title: 'a router killed: its routes go at once', source: 'RFC 4271 §8' },
  cut: { title: 'a cable cut and mended', source: 'RFC 4271 §6.5' },
  ourReflector: { title: 'the router is a client of our route reflector', source: 'RFC 4456' },
  theirReflector: { title: 'we are clients of the router as route reflector', source: 'RFC 4456' },
  ourRouteServer: { title: 'the router is a client of our route server', source: 'RFC 7947' },
  theirRouteServer: { title: 'we are clients of the router as route server', source: 'RFC 7947' },
  nextHop: { title: 'next hop unchanged and self, inside one AS', source: 'RFC 4271 §5.1.3' },
  localAs: { title: 'another AS of ours towards the router', source: 'RFC 7705' },
  ownAs: { title: 'our own AS in a path: refused, and taken where a session says so', source: 'RFC 4271 §9.1.2' },
  privateAs: { title: 'private AS numbers removed and replaced', source: 'RFC 6996' },
} as const satisfies Record<string, Feature>;

export type FeatureId = keyof typeof table;
export const features: Readonly<Record<FeatureId, Feature>> = table;
