/** The routers that are measured, each configured for the same sessions: take all, tell all. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Namespace, programPath } from '../../src/testing/namespaces.ts';
import { addresses, asns, type Host } from './network.ts';

export interface RouterKind {
  readonly who: string;
  /** What to run; absent: it is not installed. */
  command(directory: string, neighbors: readonly Host[]): readonly string[] | undefined;
  /** How many routes it says that it has; absent: its process answers a line with that. */
  readonly routes?: (namespace: Namespace, directory: string) => number;
}

export const nearcast: RouterKind = {
  who: 'Nearcast',
  command: (_, neighbors) => [process.execPath, 'bench/bgp/ours.ts', ...neighbors],
};

export const bird: RouterKind = {
  who: 'BIRD',
  command: (directory, neighbors) => birdCommand(directory, 'router', neighbors),
  routes: (namespace, directory) => {
    return Number(/^Total: (\d+)/m.exec(birdc(namespace, directory, 'router', 'show', 'route', 'count'))?.[1]);
  },
};

/** BIRD as any of the hosts. Whom it only feeds it does not listen to, so that nothing comes back. */
export function birdCommand(directory: string, host: Host, neighbors: readonly Host[]): readonly string[] | undefined {
  const program = programPath('bird');
  const file = join(directory, `${host}.conf`);
  writeFileSync(
    file,
    [
      `router id ${addresses[host]};`,
      'protocol device {}',
      ...neighbors.map(
        (neighbor) => `protocol bgp to_${neighbor} {
  local ${addresses[host]} as ${asns[host]};
  neighbor ${addresses[neighbor]} as ${asns[neighbor]};
  connect retry time 1;
  ipv4 { import all; export all; };
}`,
      ),
      '',
    ].join('\n'),
  );
  return program === undefined ? undefined : [program, '-f', '-c', file, '-s', join(directory, `${host}.ctl`)];
}

function birdc(namespace: Namespace, directory: string, host: Host, ...words: readonly string[]): string {
  return namespace.run(programPath('birdc') ?? 'birdc', '-s', join(directory, `${host}.ctl`), ...words);
}

/** Whether the BIRD that holds the table has a session with the router. */
export function hubIsUp(namespace: Namespace, directory: string): boolean {
  return birdc(namespace, directory, 'hub', 'show', 'protocols', 'to_router').includes('Established');
}

export const frr: RouterKind = {
  who: 'FRR',
  command(directory, neighbors) {
    const program = programPath('/usr/lib/frr/bgpd');
    const file = join(directory, 'bgpd.conf');
    writeFileSync(
      file,
      [
        `router bgp ${asns.router}`,
        `bgp router-id ${addresses.router}`,
        'no bgp ebgp-requires-policy',
        'no bgp network import-check',
        ...neighbors.flatMap((neighbor) => [
          `neighbor ${addresses[neighbor]} remote-as ${asns[neighbor]}`,
          `neighbor ${addresses[neighbor]} timers connect 1`,
          `neighbor ${addresses[neighbor]} advertisement-interval 0`,
        ]),
        'address-family ipv4 unicast',
        ...neighbors.map((neighbor) => `neighbor ${addresses[neighbor]} next-hop-self`),
        'exit-address-family',
        '',
      ].join('\n'),
    );
    const files = ['-i', join(directory, 'bgpd.pid'), '-z', join(directory, 'zserv'), '--vty_socket', directory];
    return program === undefined ? undefined : [program, '-n', '-Z', '-f', file, ...files, '-P', '0', '--skip_runas'];
  },
};

export const gobgp: RouterKind = {
  who: 'GoBGP',
  command(directory, neighbors) {
    const program = programPath('gobgpd');
    const file = join(directory, 'gobgpd.toml');
    writeFileSync(
      file,
      [
        '[global.config]',
        `as = ${asns.router}`,
        `router-id = "${addresses.router}"`,
        `local-address-list = ["${addresses.router}"]`,
        ...neighbors.flatMap((neighbor) => [
          '[[neighbors]]',
          '[neighbors.config]',
          `neighbor-address = "${addresses[neighbor]}"`,
          `peer-as = ${asns[neighbor]}`,
          '[neighbors.timers.config]',
          'connect-retry = 1',
          '[neighbors.transport.config]',
          `passive-mode = ${neighbor !== 'hub'}`,
        ]),
        '',
      ].join('\n'),
    );
    return program === undefined
      ? undefined
      : [program, '-f', file, '-l', 'error', '--pprof-disable', '--api-hosts', '127.0.0.1:50051'];
  },
  routes: (namespace) => {
    const text = namespace.run(programPath('gobgp') ?? 'gobgp', 'global', 'rib', 'summary');
    return Number(/Destination: (\d+)/.exec(text)?.[1]);
  },
};
