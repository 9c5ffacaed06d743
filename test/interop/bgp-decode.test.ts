/**
 * `nearcast bgp decode` on what real routers sent: the routes that they were told to announce come out as they were configured, and
 * tshark reads the same bytes the same way.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { toHex } from '../../src/base/bytes.ts';
import { decodeMessage } from '../../src/bgp/message/codec.ts';
import type { Capability, CodecContext } from '../../src/bgp/message/types.ts';
import { startTap } from '../../src/testing/bgp-tap.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { frrProgram } from '../../src/testing/routers/frr.ts';
import { ourView, tsharkViews } from '../../src/testing/tshark.ts';
import { waitFor } from '../../src/testing/wait.ts';

const ourAsn = 64500;
const theirAsn = 64501;
const capabilities: readonly Capability[] = [
  { kind: 'multiprotocol', family: 'ipv4-unicast' },
  { kind: 'multiprotocol', family: 'ipv6-unicast' },
  { kind: 'route-refresh' },
  { kind: 'extended-message' },
  { kind: 'four-octet-asn', asn: ourAsn },
];
const withPathIds: Capability = { kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'receive' }] };
const context: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast', 'ipv6-unicast'] };

interface Ports {
  readonly tap: number;
  readonly own: number;
}

interface Router {
  readonly name: string;
  readonly programs: readonly string[];
  /** Starts it; it connects to the tap's port and announces. */
  start(directory: string, ports: Ports): ChildProcess;
  /** What it is told once it runs. */
  tell?(ports: Ports): Promise<void>;
  readonly capabilities?: readonly Capability[];
  readonly flags?: readonly string[];
  /** What the flags say, to our own decoder. */
  readonly session?: Partial<CodecContext>;
  /** By prefix: attributes that it was told to send. */
  readonly announces: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const communities = ['64501:7', '65535:0'];
const path = [{ kind: 'sequence', asns: [theirAsn, 4200000001] }];

/** `ipv4`: the options of that channel. */
function birdConfig(directory: string, ports: Ports, ipv4: string): string {
  return `
log "${directory}/bird.log" all;
router id 192.0.2.2;
protocol device { }
protocol static s4 { ipv4; route 203.0.113.0/24 blackhole; route 198.51.100.128/25 blackhole; }
protocol static s6 { ipv6; route 2001:db8:1::/48 blackhole; }
filter marked {
  bgp_path.prepend(4200000001);
  bgp_origin = ORIGIN_EGP;
  bgp_med = 50;
  bgp_community.add((64501, 7));
  bgp_community.add((65535, 0));
  bgp_ext_community.add((rt, 64501, 9));
  bgp_ext_community.add((ro, 4200000001, 5));
  bgp_large_community.add((4200000001, 1, 2));
  accept;
}
protocol bgp tap {
  local 127.0.0.1 port ${ports.own} as ${theirAsn};
  neighbor 127.0.0.1 port ${ports.tap} as ${ourAsn};
  multihop;
  connect delay time 1;
  enable extended messages;
  ipv4 { import none; export filter marked; ${ipv4} };
  ipv6 { import none; export filter marked; next hop address 2001:db8::2; };
}
`;
}

const birdRoute = {
  originCode: 'egp',
  asPath: path,
  multiExitDiscriminator: 50,
  communities,
  extendedCommunities: ['rt:64501:9', 'ro:4200000001:5'],
  largeCommunities: ['4200000001:1:2'],
};

function bird(ipv4: string) {
  return (directory: string, ports: Ports): ChildProcess => {
    writeFileSync(join(directory, 'bird.conf'), birdConfig(directory, ports, ipv4));
    return spawn('bird', ['-f', '-c', join(directory, 'bird.conf'), '-s', join(directory, 'bird.ctl')], {
      stdio: 'ignore',
    });
  };
}

const frrRoute = {
  originCode: 'incomplete',
  asPath: path,
  multiExitDiscriminator: 50,
  communities,
  extendedCommunities: ['rt:64501:9'],
  largeCommunities: ['4200000001:1:2'],
};

const routers: readonly Router[] = [
  {
    name: 'BIRD',
    programs: ['bird'],
    start: bird('next hop address 192.0.2.2;'),
    announces: {
      '203.0.113.0/24': { ...birdRoute, nextHop: '192.0.2.2' },
      '198.51.100.128/25': { ...birdRoute, nextHop: '192.0.2.2' },
      '2001:db8:1::/48': { ...birdRoute, nextHop: '2001:db8::2' },
    },
  },
  {
    name: 'BIRD with ADD-PATH',
    programs: ['bird'],
    start: bird('next hop address 192.0.2.2; add paths tx;'),
    capabilities: [...capabilities, withPathIds],
    flags: ['--add-path', 'ipv4-unicast'],
    session: { addPath: { receive: ['ipv4-unicast'], send: [] } },
    announces: {
      '203.0.113.0/24': { ...birdRoute, nextHop: '192.0.2.2' },
      '198.51.100.128/25': { ...birdRoute, nextHop: '192.0.2.2' },
      '2001:db8:1::/48': { ...birdRoute, nextHop: '2001:db8::2' },
    },
  },
  {
    name: 'BIRD to a peer of 2-octet AS numbers',
    programs: ['bird'],
    start: bird('next hop address 192.0.2.2;'),
    capabilities: capabilities.filter(({ kind }) => kind !== 'four-octet-asn'),
    flags: ['--as2'],
    session: { fourOctetAsn: false },
    announces: {
      '203.0.113.0/24': { ...birdRoute, nextHop: '192.0.2.2' },
      '198.51.100.128/25': { ...birdRoute, nextHop: '192.0.2.2' },
      '2001:db8:1::/48': { ...birdRoute, nextHop: '2001:db8::2' },
    },
  },
  {
    name: 'BIRD with IPv4 over IPv6',
    programs: ['bird'],
    start: bird('extended next hop on; next hop address 2001:db8::2;'),
    capabilities: [...capabilities, { kind: 'extended-next-hop', families: ['ipv4-unicast'] }],
    session: { extendedNextHop: ['ipv4-unicast'] },
    announces: {
      '203.0.113.0/24': { ...birdRoute, nextHop: '2001:db8::2' },
      '198.51.100.128/25': { ...birdRoute, nextHop: '2001:db8::2' },
      '2001:db8:1::/48': { ...birdRoute, nextHop: '2001:db8::2' },
    },
  },
  {
    name: 'FRR',
    programs: [frrProgram],
    start(directory, ports) {
      const marks = [
        'set origin incomplete',
        'set metric 50',
        'set as-path prepend 4200000001',
        'set community 64501:7 65535:0',
        'set large-community 4200000001:1:2',
        'set extcommunity rt 64501:9',
      ];
      const peer = 'neighbor 127.0.0.1';
      const lines = [
        `log file ${directory}/bgpd.log informational`,
        ...['route-map marked4 permit 1', ...marks, 'set ip next-hop 192.0.2.2'],
        ...['route-map marked6 permit 1', ...marks, 'set ipv6 next-hop global 2001:db8::2'],
        `router bgp ${theirAsn}`,
        'bgp router-id 192.0.2.2',
        'no bgp ebgp-requires-policy',
        'no bgp network import-check',
        `${peer} remote-as ${ourAsn}`,
        `${peer} port ${ports.tap}`,
        `${peer} ebgp-multihop`,
        `${peer} disable-connected-check`,
        `${peer} timers connect 1`,
        ...[
          'address-family ipv4 unicast',
          'network 203.0.113.0/24',
          `${peer} route-map marked4 out`,
          'exit-address-family',
        ],
        ...['address-family ipv6 unicast', 'network 2001:db8:1::/48', `${peer} activate`],
        ...[`${peer} route-map marked6 out`, 'exit-address-family', ''],
      ];
      writeFileSync(join(directory, 'bgpd.conf'), lines.join('\n'));
      const files = [
        '-f',
        join(directory, 'bgpd.conf'),
        '-i',
        join(directory, 'bgpd.pid'),
        '-z',
        join(directory, 'zserv'),
      ];
      const options = ['-n', '-Z', '-p', String(ports.own), '-l', '127.0.0.1', '--vty_socket', directory, '-P', '0'];
      return spawn(frrProgram, [...options, ...files, '--skip_runas'], { stdio: 'ignore' });
    },
    announces: {
      '203.0.113.0/24': { ...frrRoute, nextHop: '192.0.2.2' },
      '2001:db8:1::/48': { ...frrRoute, nextHop: '2001:db8::2' },
    },
  },
  {
    name: 'ExaBGP',
    programs: ['exabgp'],
    start(directory, ports) {
      const marks =
        'as-path [ 64501 4200000001 ] med 50 community [ 64501:7 65535:0 ] large-community [ 4200000001:1:2 ] ' +
        'extended-community [ target:64501:9 ] aggregator ( 4200000001:192.0.2.7 ) atomic-aggregate';
      writeFileSync(
        join(directory, 'exabgp.conf'),
        `
neighbor 127.0.0.1 {
  router-id 192.0.2.2;
  local-address 127.0.0.1;
  local-as ${theirAsn};
  peer-as ${ourAsn};
  family { ipv4 unicast; ipv6 unicast; }
  static {
    route 203.0.113.0/24 next-hop 192.0.2.2 ${marks};
    route 198.51.100.128/25 next-hop 192.0.2.3 origin incomplete attribute [ 0x63 0xc0 0xabcd ];
    route 2001:db8:1::/48 next-hop 2001:db8::2 ${marks};
  }
}
`,
      );
      const env = {
        ...process.env,
        'exabgp.tcp.port': String(ports.tap),
        'exabgp.daemon.user': 'root',
        'exabgp.api.cli': 'false',
      };
      return spawn('exabgp', [join(directory, 'exabgp.conf')], { stdio: 'ignore', env, cwd: directory });
    },
    announces: {
      '203.0.113.0/24': {
        nextHop: '192.0.2.2',
        originCode: 'igp',
        asPath: path,
        multiExitDiscriminator: 50,
        atomicAggregate: true,
        aggregator: { asn: 4200000001, address: '192.0.2.7' },
        communities,
        extendedCommunities: ['rt:64501:9'],
        largeCommunities: ['4200000001:1:2'],
      },
      '198.51.100.128/25': {
        nextHop: '192.0.2.3',
        originCode: 'incomplete',
        asPath: [{ kind: 'sequence', asns: [theirAsn] }],
        unknown: [{ type: 0x63, flags: 0xc0, hex: 'abcd' }],
      },
      '2001:db8:1::/48': { nextHop: '2001:db8::2', asPath: path, communities },
    },
  },
  {
    name: 'GoBGP',
    programs: ['gobgpd', 'gobgp'],
    start(directory, ports) {
      writeFileSync(
        join(directory, 'gobgpd.toml'),
        `
[global.config]
as = ${theirAsn}
router-id = "192.0.2.2"
port = -1
[[neighbors]]
[neighbors.config]
neighbor-address = "127.0.0.1"
peer-as = ${ourAsn}
[neighbors.transport.config]
remote-port = ${ports.tap}
[neighbors.timers.config]
connect-retry = 1
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv4-unicast"
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv6-unicast"
`,
      );
      const api = `127.0.0.1:${ports.own}`;
      return spawn('gobgpd', ['-f', join(directory, 'gobgpd.toml'), '--api-hosts', api], { stdio: 'ignore' });
    },
    async tell(ports) {
      const gobgp = (...words: string[]): boolean => {
        try {
          execFileSync('gobgp', ['-p', String(ports.own), 'global', 'rib', ...words], { stdio: 'ignore' });
          return true;
        } catch {
          return false; // its API does not answer yet
        }
      };
      const marks = ['med', '50', 'community', '64501:7,65535:0', 'large-community', '4200000001:1:2'];
      const add = (): boolean => gobgp('add', '203.0.113.0/24', 'nexthop', '192.0.2.2', 'origin', 'egp', ...marks);
      await waitFor('the API of GoBGP', add);
      gobgp('add', '-a', 'ipv6', '2001:db8:1::/48', 'nexthop', '2001:db8::2', 'origin', 'igp', ...marks);
    },
    announces: {
      '203.0.113.0/24': {
        originCode: 'egp',
        asPath: [{ kind: 'sequence', asns: [theirAsn] }],
        communities,
        largeCommunities: ['4200000001:1:2'],
      },
      '2001:db8:1::/48': { originCode: 'igp', communities, largeCommunities: ['4200000001:1:2'] },
    },
  },
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

interface Line {
  readonly type: string;
  readonly outcome: string;
  readonly nlri?: readonly (string | { readonly prefix: string; readonly pathId: number })[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly endOfRib?: string;
  readonly errors: readonly unknown[];
  readonly capabilities?: readonly { readonly kind: string }[];
}

function announcedIn(heard: readonly Uint8Array[], session: CodecContext): number {
  return heard.reduce((sum, raw) => {
    const result = decodeMessage(raw, session);
    if (!result.ok || result.message.type !== 'update') return sum;
    return sum + result.message.reach.reduce((count, { prefixes }) => count + prefixes.length, 0);
  }, 0);
}

for (const router of routers) {
  const missing = router.programs.filter((name) => programPath(name) === undefined);
  const skip = missing.length > 0 ? `${missing.join(', ')} missing: npm run test:setup` : undefined;
  if (skip !== undefined) console.error(`SKIPPED, decoding what ${router.name} sends: ${skip}`);

  test(`what ${router.name} announces comes out as it was configured`, { skip, timeout: 60_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-decode-'));
    const tap = await startTap(ourAsn, router.capabilities ?? capabilities);
    const session = { ...context, ...router.session };
    const ports = { tap: tap.port, own: await freePort() };
    const child = router.start(directory, ports);
    try {
      await router.tell?.(ports);
      const wanted = Object.keys(router.announces).length;
      await waitFor(`${wanted} prefixes of ${router.name}`, () => announcedIn(tap.heard, session) >= wanted, 30_000);
    } finally {
      child.kill('SIGKILL');
      tap.close();
      rmSync(directory, { recursive: true, force: true });
    }
    const heard = [...tap.heard];
    const input = heard.map(toHex).join('\n');
    const run = spawnSync(resolve('bin/nearcast'), ['bgp', 'decode', ...(router.flags ?? [])], { input });
    assert.equal(run.status, 0, run.stderr.toString());
    const lines = run.stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    assert.equal(lines.length, heard.length);
    for (const line of lines) assert.deepEqual([line.outcome, line.errors], ['accept', []], JSON.stringify(line));
    assert.equal(lines[0]?.type, 'open');
    assert.ok(lines[0]?.capabilities?.some(({ kind }) => kind === 'four-octet-asn'));
    const found = new Map(
      lines.flatMap(({ nlri = [], attributes }) =>
        nlri.map((prefix) => [typeof prefix === 'string' ? prefix : prefix.prefix, { prefix, attributes }] as const),
      ),
    );
    assert.deepEqual([...found.keys()].sort(), Object.keys(router.announces).sort());
    for (const [prefix, attributes] of Object.entries(router.announces)) {
      const got = found.get(prefix);
      const hasPathId = session.addPath !== undefined && !prefix.includes(':');
      assert.equal(typeof got?.prefix, hasPathId ? 'object' : 'string', prefix);
      for (const [key, value] of Object.entries(attributes))
        assert.deepEqual(got?.attributes?.[key], value, `${prefix} ${key}`);
    }
    // tshark is told of 4-octet AS numbers for all.
    if (programPath('tshark') === undefined || !session.fourOctetAsn) return;
    const updates = heard.filter((raw) => raw[18] === 2);
    const views = tsharkViews(updates);
    for (const [index, raw] of updates.entries()) {
      const result = decodeMessage(raw, session);
      assert.ok(result.ok && result.message.type === 'update');
      assert.deepEqual(views[index], ourView(raw, result.message, session), toHex(raw));
    }
  });
}
