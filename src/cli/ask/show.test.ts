/** What an operator reads, to the letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation, Neighbor, ShownRoute } from '../../feed/tables.ts';
import { readPrefix } from './read-prefix.ts';
import { explanationLines } from './show-explanation.ts';
import { neighborDetails, neighborTable } from './show-neighbors.ts';
import { routeTable, sorted } from './show-routes.ts';
import { duration } from './words.ts';

const up: Neighbor = {
  name: 'fra/0/ipv4',
  peerAsn: 64501,
  localAsn: 64500,
  family: 4,
  neighborAddress: '203.0.113.2',
  neighborPort: 179,
  sourceAddress: '203.0.113.1',
  phase: 'established',
  establishedForSeconds: 11_520,
  establishedCount: 2,
  lastDown: {
    what: 'peer closed: Cease / Administrative Shutdown "new cable"',
    communication: 'new cable',
    agoSeconds: 11_530,
  },
  holdTimeSeconds: 9,
  keepaliveSeconds: 3,
  routerId: '203.0.113.2',
  multihop: 2,
  password: true,
  offered: [
    { kind: 'multiprotocol', family: 'ipv4-unicast' },
    { kind: 'route-refresh' },
    { kind: 'enhanced-route-refresh' },
  ],
  peerCapabilities: [
    { kind: 'multiprotocol', family: 'ipv4-unicast' },
    { kind: 'route-refresh' },
    { kind: 'multiprotocol', family: 'ipv6-unicast' },
    { kind: 'unknown', code: 73, hex: '' },
  ],
  accepts: 'all-but-invalid',
  routes: { received: 1_000_123, accepted: 998_001, announced: 1, withheld: 0, stale: 3 },
  messages: {
    received: { open: 2, update: 12_345, notification: 1, keepalive: 40, 'route-refresh': 0 },
    sent: { open: 2, update: 1, notification: 0, keepalive: 41, 'route-refresh': 1 },
  },
  malformedUpdates: 1,
  lastMalformed: 'the ORIGIN is 7 (RFC 7606 §7.1)',
  bfd: { state: 'up', strict: true, intervalMs: 300, multiplier: 3 },
};
const { establishedForSeconds: _, peerCapabilities: __, bfd: ___, keepaliveSeconds: ____, ...rest } = up;
const down: Neighbor = {
  ...rest,
  name: 'fra/1/ipv4',
  neighborAddress: '203.0.113.3',
  phase: 'idle',
  problem: 'the password of session fra/1/ipv4 should be in the environment variable X, which is not set',
  offered: [],
};

test('neighbours: one a line, or all of one', () => {
  const { problem: _, ...silent } = down;
  assert.deepEqual(neighborTable([{ neighbor: up }, { neighbor: silent }]), [
    'NEIGHBOR    ADDRESS         AS  STATE        FOR         RECEIVED  ACCEPTED  SENT  BFD  LAST ERROR',
    'fra/0/ipv4  203.0.113.2  64501  established  3 h 12 min   1000123    998001     1  up   peer closed: Cease / Administrative Shutdown "new cable", 3 h 12 min ago',
    'fra/1/ipv4  203.0.113.3  64501  idle         3 h 12 min   1000123    998001     1  -    peer closed: Cease / Administrative Shutdown "new cable", 3 h 12 min ago',
  ]);
  assert.match(neighborTable([{ pop: 'fra', neighbor: down }]).join('\n'), /^POP .*\nfra .*which is not set$/);
  assert.deepEqual(neighborTable([]), ['no neighbors']);
  assert.deepEqual(neighborDetails(up), [
    'fra/0/ipv4: AS64501 at 203.0.113.2, established for 3 h 12 min, 2 times so far',
    '  us            AS64500 at 203.0.113.1, up to 2 hops, TCP MD5 password',
    '  router ID     203.0.113.2',
    '  timers        hold time 9 s, keepalive 3 s',
    '  both offer    ipv4-unicast, route refresh',
    '  only we       enhanced route refresh',
    '  only they     ipv6-unicast, capability 73',
    '  routes        1000123 received, 998001 accepted (accepts all but what RPKI finds invalid), 1 sent, 3 stale',
    '  received      2 opens, 12345 updates, 1 notification, 40 keepalives',
    '  sent          2 opens, 1 update, 41 keepalives, 1 route refresh',
    '  malformed     1 update, the last: the ORIGIN is 7 (RFC 7606 §7.1)',
    '  BFD           up, 300 ms × 3, strict',
    '  last error    peer closed: Cease / Administrative Shutdown "new cable", 3 h 12 min ago',
  ]);
});

const path = (...asns: number[]) => ({ originCode: 'igp', asPath: [{ kind: 'sequence', asns }] });
const routes: readonly ShownRoute[] = [
  {
    prefix: '2001:db8::/32',
    neighbor: 'fra/0/ipv6',
    peerAsn: 64501,
    nextHop: '2001:db8:f::1',
    attributes: path(64501),
    state: 'usable',
    why: 'AS path of 2, the best has 1',
    origin: 'not-found',
  },
  {
    prefix: '198.51.100.0/24',
    neighbor: 'fra/1/ipv4',
    peerAsn: 64502,
    nextHop: '203.0.113.3',
    attributes: { ...path(64502, 64502), originCode: 'incomplete', multiExitDiscriminator: 5 },
    state: 'refused',
    why: 'import policy: RPKI invalid origin',
    origin: 'invalid',
  },
  {
    prefix: '198.51.100.0/24',
    neighbor: 'fra/0/ipv4',
    peerAsn: 64501,
    nextHop: '203.0.113.2',
    attributes: path(64501, 64510),
    state: 'best',
    origin: 'valid',
  },
  {
    prefix: '9.0.0.0/8',
    neighbor: 'local',
    attributes: { originCode: 'igp', asPath: [] },
    state: 'best',
    origin: 'valid',
  },
];

test('routes: by address, the best first, columns only where something stands in them', () => {
  assert.deepEqual(routeTable(sorted(routes)), [
    '   PREFIX           NEXT HOP       NEIGHBOR    MED  RPKI       AS PATH        WHY NOT',
    '>  9.0.0.0/8        -              local         -  valid      i',
    '>  198.51.100.0/24  203.0.113.2    fra/0/ipv4    -  valid      64501 64510 i',
    'x  198.51.100.0/24  203.0.113.3    fra/1/ipv4    5  invalid    64502 64502 ?  import policy: RPKI invalid origin',
    '*  2001:db8::/32    2001:db8:f::1  fra/0/ipv6    -  not-found  64501 i        AS path of 2, the best has 1',
  ]);
});

test('an explanation names the rule, the term and the ROA, and what each neighbour is told', () => {
  const explanation: Explanation = {
    prefix: '198.51.100.0/24',
    paths: [
      {
        ...(routes[2] as ShownRoute),
        neighborAddress: '203.0.113.2',
        originReason: 'a ROA lets AS64510 announce 198.51.100.0/24',
        policy: {
          verdict: 'accept',
          term: null,
          steps: [
            {
              term: 'RPKI invalid origin',
              matched: false,
              failed: { condition: 'originValidation', wanted: ['invalid'], found: 'valid' },
            },
          ],
        },
      },
      {
        ...(routes[1] as ShownRoute),
        neighborAddress: '203.0.113.3',
        originReason: 'ROAs cover it',
        path: 'unknown',
        pathReason: 'AS64502 has no ASPA',
        policy: {
          verdict: 'reject',
          term: 'RPKI invalid origin',
          steps: [{ term: 'RPKI invalid origin', matched: true, verdict: 'reject' }],
        },
      },
    ],
    told: [
      {
        neighbor: 'fra/0/ipv4',
        peerAsn: 64501,
        neighborAddress: '203.0.113.2',
        told: false,
        why: 'it was learned from this peer',
      },
    ],
    covering: [],
  };
  assert.deepEqual(explanationLines('fra', explanation), [
    '198.51.100.0/24 at fra: 2 paths, 1 usable',
    '',
    '  > from fra/0/ipv4, AS64501 203.0.113.2: best',
    '      path 64501 64510, next hop 203.0.113.2, origin igp',
    '      RPKI: valid: a ROA lets AS64510 announce 198.51.100.0/24',
    '      import policy',
    '        ✗ RPKI invalid origin: originValidation wants ["invalid"], the route has valid',
    '        · no term decided: accept',
    '',
    '  x from fra/1/ipv4, AS64502 203.0.113.3: refused: import policy: RPKI invalid origin',
    '      path 64502 64502, next hop 203.0.113.3, origin incomplete, MED 5',
    '      RPKI: invalid: ROAs cover it',
    '      ASPA: unknown: AS64502 has no ASPA',
    '      import policy',
    '        ✓ RPKI invalid origin: reject',
    '',
    '  told to',
    '    ✗ fra/0/ipv4, AS64501 203.0.113.2: no, it was learned from this peer',
  ]);
  const drained: Explanation = {
    prefix: '192.0.2.0/24',
    paths: [],
    told: [
      {
        neighbor: 'fra/0/ipv4',
        peerAsn: 64501,
        neighborAddress: '203.0.113.2',
        told: false,
        why: 'there is no usable route to it',
      },
    ],
    own: { mode: 'withdraw', phase: 'drained', reason: 'drained: new kernel' },
    covering: ['192.0.0.0/16'],
  };
  assert.deepEqual(explanationLines('fra', drained), [
    '192.0.2.0/24 at fra: no path is known',
    '',
    '  ours: not announced (drained: new kernel)',
    '',
    '  but the tables hold 192.0.0.0/16, in which it lies',
    '',
    '  told to',
    '    ✗ fra/0/ipv4, AS64501 203.0.113.2: no, there is no usable route to it',
  ]);
});

test('what a far end says cannot move the cursor', () => {
  const said = { ...up, lastDown: { what: 'bad\u001b[2J\n\nword' } };
  assert.ok(!neighborDetails(said).join('').includes('\u001b'));
  assert.ok(
    !neighborTable([{ neighbor: said }])
      .join('')
      .includes('\u001b'),
  );
});

test('durations have two units at most', () => {
  const seconds = [0, 59, 60, 3_599, 3_600, 3_660, 86_400, 90_000, 1_000_000];
  const words = ['0 s', '59 s', '1 min', '59 min', '1 h', '1 h 1 min', '1 d', '1 d 1 h', '11 d 13 h'];
  assert.deepEqual(seconds.map(duration), words);
});

test('prefixes as people type them', () => {
  assert.deepEqual(readPrefix('192.0.2.0/24'), { prefix: '192.0.2.0/24', address: false });
  assert.deepEqual(readPrefix('192.0.2.1'), { prefix: '192.0.2.1/32', address: true });
  assert.deepEqual(readPrefix('2001:DB8::1'), { prefix: '2001:db8::1/128', address: true });
  const fixes = ['192.0.2.1/24', '192.0.2.0/33', '192.0.2/24', '', '192.0.2.0/', 'fra', '192.0.2.0/-1'].map((text) => {
    try {
      return readPrefix(text).prefix;
    } catch (error) {
      return (error as { problems: { fix: string }[] }).problems[0]?.fix;
    }
  });
  const write = 'write it like 192.0.2.0/24, 2001:db8::/48 or 192.0.2.1';
  assert.deepEqual(fixes, ['did you mean 192.0.2.0/24?', 'use at most /32', write, write, write, write, write]);
});
