/** BMP in tests: a station that remembers all it heard, and real routers on loopback that send to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { noticeJson } from '../bgp/bmp/json.ts';
import type { StationNotice } from '../bgp/bmp/station/station.ts';
import { type BmpStation, type StationOptions, startStation } from '../bgp/bmp/transport/station-server.ts';
import { type Context, loopback } from './bgp-speakers.ts';
import { programPath } from './namespaces.ts';

export interface ListeningStation {
  readonly station: BmpStation;
  readonly notices: readonly StationNotice[];
  /** The notices of a type, as JSON. */
  said(type: StationNotice['type']): readonly Readonly<Record<string, unknown>>[];
  /** The prefixes of a table, with what `show` makes of each. */
  table(rib: string): ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

export async function listeningStation(t: Context, options: Partial<StationOptions> = {}): Promise<ListeningStation> {
  const station = await startStation({ clock: systemClock, listen: { host: loopback, port: 0 }, ...options });
  t.after(() => station.stop());
  const notices: StationNotice[] = [];
  station.subscribe((notice) => notices.push(notice));
  const said = (type: StationNotice['type']) => notices.filter((notice) => notice.type === type).map(noticeJson);
  function table(rib: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
    const routes = new Map<string, Readonly<Record<string, unknown>>>();
    for (const json of said('routes').filter((each) => each.rib === rib)) {
      for (const prefix of json.withdrawn as readonly string[]) routes.delete(prefix);
      for (const prefix of json.nlri as readonly string[])
        routes.set(prefix, json.attributes as Record<string, unknown>);
    }
    return routes;
  }
  return { station, notices, said, table };
}

export interface SenderOptions {
  /** Where the router listens for BGP, on 127.0.0.1. */
  readonly bgpPort: number;
  readonly stationPort: number;
}

/** The peer that each router waits for: us. */
export const senderPeer = { asn: 4_200_000_001, address: '127.0.0.2' } as const;
export const senderAsn = 64601;

export interface SenderRow {
  readonly name: string;
  /** Why it cannot run here; `undefined` where it can. */
  readonly unavailable: string | undefined;
  /** Files to write into its directory, and its command. */
  prepare(directory: string, options: SenderOptions): { readonly program: string; readonly args: readonly string[] };
}

const frrProgram = '/usr/lib/frr/bgpd';
const gobgpProgram = programPath('gobgpd');

function frrUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'FRR needs root';
  return existsSync(frrProgram) ? undefined : 'FRR is missing: npm run test:setup';
}

export const frrSender: SenderRow = {
  name: 'FRR',
  unavailable: frrUnavailable(),
  prepare(directory, { bgpPort, stationPort }) {
    const peer = `neighbor ${senderPeer.address}`;
    mkdirSync(join(directory, 'run'));
    const lines = [
      'route-map better permit 10',
      'set metric 77',
      `router bgp ${senderAsn}`,
      'bgp router-id 10.0.0.61',
      'no bgp ebgp-requires-policy',
      'no bgp default ipv4-unicast',
      `${peer} remote-as ${senderPeer.asn}`,
      `${peer} passive`,
      `${peer} ebgp-multihop 255`,
      'address-family ipv4 unicast',
      `${peer} activate`,
      `${peer} route-map better in`,
      `${peer} soft-reconfiguration inbound`, // it tells pre-policy only of what it keeps
      'exit-address-family',
      'address-family ipv6 unicast',
      `${peer} activate`,
      `${peer} soft-reconfiguration inbound`,
      'exit-address-family',
      'bmp mirror buffer-limit 1048576',
      'bmp targets station',
      'bmp stats interval 200',
      'bmp mirror',
      'bmp monitor ipv4 unicast pre-policy',
      'bmp monitor ipv4 unicast post-policy',
      'bmp monitor ipv6 unicast pre-policy',
      `bmp connect 127.0.0.1 port ${stationPort} min-retry 100 max-retry 200`,
    ];
    writeFileSync(join(directory, 'bgpd.conf'), `${lines.join('\n')}\n`);
    const paths = ['-f', `${directory}/bgpd.conf`, '-i', `${directory}/run/pid`, '-z', `${directory}/run/zserv`];
    const network = ['-P', '0', '-l', '127.0.0.1', '-p', String(bgpPort), '--vty_socket', `${directory}/run`];
    return { program: frrProgram, args: ['-n', '-Z', '-M', 'bmp', '--skip_runas', ...paths, ...network] };
  },
};

export const gobgpSender: SenderRow = {
  name: 'GoBGP',
  unavailable: gobgpProgram === undefined ? 'GoBGP is missing: npm run test:setup' : undefined,
  prepare(directory, { bgpPort, stationPort }) {
    const family = (name: string) => `[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = "${name}"`;
    const text = `
[global.config]
as = ${senderAsn}
router-id = "10.0.0.61"
port = ${bgpPort}
local-address-list = ["127.0.0.1"]
[[neighbors]]
[neighbors.config]
neighbor-address = "${senderPeer.address}"
peer-as = ${senderPeer.asn}
[neighbors.transport.config]
passive-mode = true
[neighbors.ebgp-multihop.config]
enabled = true
${family('ipv4-unicast')}
${family('ipv6-unicast')}
[[bmp-servers]]
[bmp-servers.config]
address = "127.0.0.1"
port = ${stationPort}
route-monitoring-policy = "all"
sys-name = "gobgp"
sys-descr = "a test"
`;
    writeFileSync(join(directory, 'gobgpd.toml'), text);
    // Its API listens on a Unix socket, so that two can run side by side.
    const api = ['--api-hosts', `unix://${directory}/api`, '--pprof-disable'];
    return { program: gobgpProgram as string, args: ['-f', join(directory, 'gobgpd.toml'), ...api] };
  },
};

/** Starts a router that sends to a station; it ends with the test. */
export function startSender(t: Context, row: SenderRow, options: SenderOptions): ChildProcess {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bmp-'));
  const { program, args } = row.prepare(directory, options);
  const child = spawn(program, args, { stdio: 'ignore' });
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(directory, { recursive: true });
  });
  return child;
}
