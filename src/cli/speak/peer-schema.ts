/**
 * The words that describe a peer, or the peers of a range, in a file and in flags: every option that the speaker has.
 *
 * Why flat words: a flag has no nesting, and one word is the same in both. What a file can say in more detail (`limits`, a policy
 * in place) stands beside them. The help of `nearcast bgp speak` is made of these descriptions.
 */
import { z } from 'zod';
import { tcpAoAlgorithms } from '../../base/socket-keys.ts';
import { formatAddress, parseAddress } from '../../ip/address.ts';
import { parsed } from '../../network/schema/hints.ts';
import { addressField, asnField, field } from '../../network/schema/scalars.ts';
import { policyField } from './policy-schema.ts';

const family = z.enum(['ipv4-unicast', 'ipv6-unicast']);
const families = (description: string) =>
  field(z.array(family).min(1), description, { expects: 'a list of families', example: ['ipv4-unicast'] });
const flag = (description: string) => field(z.boolean(), description, { example: true }).default(false);
const port = (description: string, least: 0 | 1) =>
  field(z.int().min(least).max(65535), description, { example: 179 }).default(179);

/** An address that may have a zone, as link-local ones need it. */
function reachableAddress(description: string, example: string) {
  return field(
    parsed<string>(z.string(), (value) => {
      const [text = '', zone] = String(value).split('%');
      const address = parseAddress(text);
      const linkLocal = address?.family === 6 && address.bytes[0] === 0xfe && ((address.bytes[1] ?? 0) & 0xc0) === 0x80;
      if (address === undefined) {
        const fix = text.includes('/') ? 'leave the prefix length out, or use --range' : `write it like ${example}`;
        return { code: 'speak.address-syntax', what: `"${value}" is no IP address`, fix };
      }
      if (linkLocal && zone === undefined) {
        const fix = `say on which interface: ${text}%eth0`;
        return { code: 'speak.address-zone', what: `${text} is a link-local address without a zone`, fix };
      }
      return zone === undefined ? formatAddress(address) : `${formatAddress(address)}%${zone}`;
    }),
    description,
    { expects: 'an IP address', example },
  );
}

const addPathField = field(
  z.array(z.string().regex(/^ipv[46]-unicast(:(receive|send|both))?$/)).min(1),
  'Several paths to a prefix (RFC 7911), by family, with a direction: receive, send or both.',
  { expects: 'families, each with receive, send or both', example: ['ipv4-unicast:both'] },
);

const tcpAoField = field(
  z.array(
    z.string().refine((text) => tcpAoKeyOf(text) !== undefined, {
      params: {
        code: 'speak.tcp-ao',
        what: 'a TCP-AO key is SENDID:RECVID:VARIABLE, with an algorithm behind it if it is not hmac(sha1)',
        fix: `for example 1:1:BGP_KEY or 2:2:BGP_KEY:cmac(aes128); the ids go from 0 to 255, algorithms are ${tcpAoAlgorithms.join(', ')}`,
        source: 'RFC 5925 §3.1',
      },
    }),
  ),
  'TCP-AO keys as SENDID:RECVID:VARIABLE, the environment variable with the key; the first signs (RFC 5925).',
  { expects: 'a list of keys', example: ['1:1:BGP_KEY'] },
);

export function tcpAoKeyOf(text: string) {
  const match = /^(\d{1,3}):(\d{1,3}):([A-Za-z_][A-Za-z0-9_]*)(?::(.+))?$/.exec(text);
  if (match === null) return undefined;
  const [, send, recv, variable, name] = match;
  const [sendId, recvId] = [Number(send), Number(recv)];
  const algorithm = tcpAoAlgorithms.find((one) => one === (name ?? 'hmac(sha1)'));
  if (sendId > 255 || recvId > 255 || algorithm === undefined) return undefined;
  return { sendId, recvId, algorithm, variable: variable as string };
}

const prefixCount = z.int().min(0).max(0xffff_ffff);
const inLimit = z.strictObject({
  maximum: field(prefixCount, 'The most prefixes.', { example: 1000 }),
  counts: z.enum(['received', 'accepted']).optional(),
  warnAtPercent: z.int().min(1).max(100).optional(),
  action: z.enum(['stop', 'warn']).optional(),
  restartAfterSeconds: z.int().min(1).optional(),
});
const limitsField = field(
  z.strictObject({
    in: z.strictObject({ 'ipv4-unicast': inLimit.optional(), 'ipv6-unicast': inLimit.optional() }).optional(),
    out: z.strictObject({ 'ipv4-unicast': prefixCount.optional(), 'ipv6-unicast': prefixCount.optional() }).optional(),
  }),
  'How many prefixes may come in and go out, by direction and family; in a file.',
  { expects: 'a map with in and out', example: { in: { 'ipv4-unicast': { maximum: 1000 } } } },
);

/** What peers that are configured one by one and peers of a range have in common. */
const shared = {
  asn: asnField("The peer's AS number."),
  name: field(z.string().regex(/^\S{1,64}$/), 'What to call it; its address where absent.', {
    expects: 'a name without spaces, of 64 characters at most',
    example: 'upstream',
  }).optional(),
  listenPort: port('The port that the peer connects to; 0: any free one.', 0),
  localAddress: reachableAddress('The address that we connect from and listen on.', '198.51.100.2').optional(),
  passwordEnv: field(z.string().min(1), 'The environment variable with the TCP MD5 key (RFC 2385).', {
    example: 'BGP_PASSWORD',
  }).optional(),
  tcpAo: tcpAoField.optional(),
  multihop: field(z.int().min(2).max(255), 'The most hops to a peer that is not on the same link.', {
    example: 2,
  }).optional(),
  ttlSecurityHops: field(
    z.int().min(1).max(254),
    'Packets from farther away are dropped (RFC 5082); 1 is the same link. The peer must use it, too.',
    { example: 1 },
  ).optional(),
  holdTimeSeconds: field(
    z
      .int()
      .min(0)
      .max(65535)
      .refine((seconds) => seconds === 0 || seconds > 2), // RFC 4271 §4.2
    'After so long without a word from the peer the session is down; 0 for never.',
    { expects: '0, or 3 and more', unit: 's', example: 9 },
  ).default(90),
  delayOpenSeconds: field(z.number().min(0).max(240), "How long to wait for the peer's OPEN before ours.", {
    unit: 's',
    example: 1,
  }).optional(),
  families: families('The address families to carry; both where absent.').default(['ipv4-unicast', 'ipv6-unicast']),
  nextHop: addressField(
    'either',
    'Our next hop for IPv4 routes (IPv6 with extendedNextHop); the local address where absent.',
    '198.51.100.2',
  ).optional(),
  nextHop6: addressField(6, 'Our next hop for IPv6 routes.', '2001:db8::2').optional(),
  nextHopSelf: flag('Our own next hop in all that goes out, to internal peers, too.'),
  nextHopUnchanged: flag('Routes of others go out with the next hop that they came with.'),
  importPolicy: policyField(
    'Which of its routes to take: a file with a policy, or the policy itself; all where absent.',
  ),
  exportPolicy: policyField('Which routes to tell it; those that we announce where absent. With passOn all.'),
  relation: field(z.enum(['customer', 'provider', 'lateral']), 'What the peer is to us, for policies.', {
    example: 'provider',
  }).optional(),
  role: field(
    z.enum(['provider', 'route-server', 'route-server-client', 'customer', 'peer']),
    'What we are to the peer (RFC 9234): wrong pairs are refused, leaks stopped.',
    { example: 'customer' },
  ).optional(),
  requireRole: flag('A peer that says no role is refused, too.'),
  maximumPrefixes: field(prefixCount, 'The most prefixes that it may send, of each family; more end the session.', {
    example: 1000,
  }).optional(),
  limits: limitsField.optional(),
  addPath: addPathField.optional(),
  advertisedPaths: field(z.int().min(1).max(1000), 'How many paths to a prefix the peer is told at most.', {
    example: 2,
  }).optional(),
  routeServerClient: flag('The peer is our client, we are its route server (RFC 7947).'),
  acceptAnyFirstAs: flag('Paths need not begin with the AS of the peer, which is a route server.'),
  reflectorClient: flag('The internal peer is our client, we are its route reflector (RFC 4456).'),
  localAs: asnField('Another AS that we are to this peer (RFC 7705).').optional(),
  localAsNoPrepend: flag('What the peer sends does not get localAs in front.'),
  localAsReplaceAs: flag('What the peer is told has localAs alone in front.'),
  allowOwnAs: field(z.int().min(1).max(10), 'How often our own ASN may come back in a path.', {
    example: 1,
  }).optional(),
  removePrivateAs: field(
    z.enum(['only-private', 'all', 'replace']),
    'Takes private ASNs out of what the peer is told: where there are no others, all, or ours in their place.',
    { example: 'all' },
  ).optional(),
  allowAsSet: flag('Take routes with an AS_SET in their path (RFC 9774 forbids them).'),
  extendedMessages: flag('Messages of up to 65535 bytes (RFC 8654).'),
  extendedNextHop: flag('IPv4 routes with IPv6 next hops (RFC 8950).'),
  gracefulRestart: flag("Keep the peer's routes while it restarts (RFC 4724)."),
  longLivedSeconds: field(z.int().min(1).max(0xff_ffff), 'And so long beyond that as a last resort (RFC 9494).', {
    unit: 's',
    example: 3600,
  }).optional(),
  preserve: families('Ask the peer to keep our routes of these families while we restart.').optional(),
  restartTimeSeconds: field(z.int().min(0).max(4095), 'How long it may wait for us.', {
    unit: 's',
    example: 120,
  }).optional(),
  restarted: flag('This process replaces one that has just ended.'),
};

export const peerWords = {
  address: reachableAddress("The peer's address.", '198.51.100.1'),
  ...shared,
  connect: field(
    z.enum(['active', 'passive', 'both']),
    'Whether we connect, the peer connects, or whoever comes first. To be connected to takes a right to the port.',
    { example: 'passive' },
  ).default('active'),
  port: port("The peer's TCP port.", 1),
  connectRetrySeconds: field(z.number().min(0.1).max(3600), 'How long to wait between attempts, at first.', {
    unit: 's',
    example: 5,
  }).default(5),
  bfd: flag('BFD beside the session (RFC 5882).'),
  bfdIntervalMs: field(z.int().min(10).max(60_000), 'How often BFD sends.', { unit: 'ms', example: 100 }).default(100),
  bfdMultiplier: field(z.int().min(1).max(255), 'So many packets may be lost.', { example: 3 }).default(3),
  bfdStrict: flag('No session without BFD.'),
};

export const rangeWords = {
  ...shared,
  maximumPeers: field(z.int().min(1).max(100_000), 'How many may be there at once.', { example: 100 }).optional(),
};

/** Words that contradict one another, each said at the second of them. */
export function checkWords(entry: Partial<z.output<z.ZodObject<typeof peerWords>>>, context: z.RefinementCtx): void {
  const wrong = (path: string, what: string, fix: string): void => {
    context.addIssue({ code: 'custom', path: [path], params: { code: 'speak.contradiction', what, fix } });
  };
  const both = (a: keyof typeof peerWords, b: keyof typeof peerWords): boolean =>
    [a, b].every((word) => entry[word] !== undefined && entry[word] !== false);
  if (both('nextHopSelf', 'nextHopUnchanged')) {
    wrong('nextHopUnchanged', 'the next hop cannot be our own and unchanged', 'keep one of the two');
  }
  if (both('passwordEnv', 'tcpAo')) {
    wrong('tcpAo', 'a session is signed by TCP MD5 or by TCP-AO, not both', 'leave out passwordEnv or tcpAo');
  }
  if (both('maximumPrefixes', 'limits')) {
    wrong('maximumPrefixes', 'maximumPrefixes stands beside limits', 'say it in limits alone');
  }
  if (entry.nextHop?.includes(':') && entry.extendedNextHop !== true) {
    wrong('nextHop', `${entry.nextHop} is an IPv6 next hop for IPv4 routes`, 'add extendedNextHop, or use nextHop6');
  }
  if (entry.localAs === undefined && (entry.localAsNoPrepend || entry.localAsReplaceAs)) {
    const word = entry.localAsNoPrepend ? 'localAsNoPrepend' : 'localAsReplaceAs';
    wrong(word, `${word} stands without localAs`, 'add localAs, or leave it out');
  }
  if (!entry.gracefulRestart && (entry.longLivedSeconds !== undefined || entry.preserve !== undefined)) {
    const word = entry.preserve === undefined ? 'longLivedSeconds' : 'preserve';
    wrong(word, `${word} stands without gracefulRestart`, 'add gracefulRestart, or leave it out');
  }
}
