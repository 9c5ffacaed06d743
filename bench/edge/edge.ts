/**
 * The edge beside nginx and plain Node: CPU time per request, for a proxied answer and a static file of 1 KB each.
 *
 * CPU time and not throughput: it is what a request costs, and other load on the machine changes it little. All servers
 * run at once, each is loaded in turn, several rounds; the ratio is the median of the rounds' ratios. Access logs are on
 * for the edge and nginx; plain Node keeps none.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeConfig } from '../../src/feed/edge-config.ts';
import { type Bench, type BenchOptions, type Figure, median } from '../bench.ts';
import { type LoadResult, loadByNode, loadByWrk } from './load.ts';
import { nginxConfig } from './nginx.ts';
import { freePorts, isInstalled, type Server, startServer } from './processes.ts';

const serverCore = 0;
const loadCore = 1;
const bodyBytes = 1024;
const here = (name: string) => new URL(name, import.meta.url).pathname;

interface Contestant {
  readonly who: string;
  readonly work: 'proxy' | 'static';
  readonly server: Server;
  readonly host: string;
}

export const bench: Bench = { run };

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bench-'));
  const servers: Server[] = [];
  try {
    const contestants = await start(directory, servers, options);
    return await measure(contestants, options);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function start(directory: string, servers: Server[], options: BenchOptions): Promise<Contestant[]> {
  const [originPort, edgePort, proxyPort, staticPort, nginxPort] = (await freePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const launch = async (command: string, args: readonly string[], port: number, core: number) => {
    const server = await startServer({ command, args, port, core });
    servers.push(server);
    return server;
  };
  const site = join(directory, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), 'x'.repeat(bodyBytes));
  const config: EdgeConfig = {
    pop: 'bench',
    listen: [{ host: '127.0.0.1', port: edgePort }],
    healthPath: '/healthz',
    services: {
      site: { kind: 'static', directory: site },
      api: { kind: 'web', originServers: [{ url: `http://127.0.0.1:${originPort}`, region: 'here' }] },
    },
    domains: { 'site.example.com': 'site', 'api.example.com': 'api' },
    draining: false,
  };
  const configPath = join(directory, 'edge.json');
  writeFileSync(configPath, JSON.stringify(config));

  const node = process.execPath;
  await launch(node, [here('plain-static.ts'), String(originPort), String(bodyBytes)], originPort, loadCore);
  const edge = await launch(
    node,
    [
      here('../../src/cli/main.ts'),
      'edge',
      ...['--config', configPath],
      ...['--admin', join(directory, 'edge.sock')],
      ...['--access-log', join(directory, 'access.log')],
    ],
    edgePort,
    serverCore,
  );
  const proxy = await launch(
    node,
    [here('plain-proxy.ts'), String(proxyPort), String(originPort)],
    proxyPort,
    serverCore,
  );
  const plain = await launch(
    node,
    [here('plain-static.ts'), String(staticPort), String(bodyBytes)],
    staticPort,
    serverCore,
  );
  const contestants: Contestant[] = [
    { who: 'Nearcast', work: 'proxy', server: edge, host: 'api.example.com' },
    { who: 'plain Node', work: 'proxy', server: proxy, host: 'api.example.com' },
    { who: 'Nearcast', work: 'static', server: edge, host: 'site.example.com' },
    { who: 'plain Node', work: 'static', server: plain, host: 'site.example.com' },
  ];
  if (isInstalled('nginx')) {
    const path = join(directory, 'nginx.conf');
    writeFileSync(path, nginxConfig({ directory, site, port: nginxPort, originPort }));
    const nginx = await launch(
      '/usr/sbin/nginx',
      ['-c', path, '-p', directory, '-e', join(directory, 'error.log')],
      nginxPort,
      serverCore,
    );
    contestants.push({ who: 'nginx', work: 'proxy', server: nginx, host: 'api.example.com' });
    contestants.push({ who: 'nginx', work: 'static', server: nginx, host: 'site.example.com' });
  } else {
    options.say('NOT MEASURED: nginx is not installed here (Debian: apt-get install nginx-light)');
  }
  return contestants;
}

async function measure(contestants: readonly Contestant[], options: BenchOptions): Promise<Figure[]> {
  const seconds = options.small ? 1 : 3;
  const rounds = options.small ? 1 : 7;
  const wrk = isInstalled('wrk');
  if (!wrk) options.say('wrk is not installed here: the load comes from a client of our own, in this process');
  const load = (one: Contestant, time: number): Promise<LoadResult> => {
    const url = `http://127.0.0.1:${one.server.port}/`;
    const facts = { host: one.host, seconds: time, connections: 32 };
    return wrk ? loadByWrk(url, { ...facts, core: loadCore }) : loadByNode(url, facts);
  };
  if (!options.small) for (const one of contestants) await load(one, 3);

  const micros = new Map<Contestant, number[]>(contestants.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const one of contestants) {
      const before = one.server.cpuSeconds();
      const { requests, errors } = await load(one, seconds);
      const used = one.server.cpuSeconds() - before;
      if (!(requests > 0) || errors > 0)
        throw new Error(`${one.who}, ${one.work}: ${requests} requests, ${errors} errors`);
      micros.get(one)?.push((used / requests) * 1e6);
    }
    if (!options.small) options.say(`round ${round + 1} of ${rounds} done`);
  }

  return contestants.map((one): Figure => {
    const own = micros.get(one) as number[];
    const what = `edge ${one.work}, ${bodyBytes} bytes`;
    const figure = { what, who: one.who, value: median(own), unit: 'µs CPU per request' };
    if (one.who === 'Nearcast') return figure;
    const ours = micros.get(
      contestants.find((other) => other.who === 'Nearcast' && other.work === one.work) as Contestant,
    ) as number[];
    const ratio = median(ours.map((value, round) => value / (own[round] as number)));
    if (one.who !== 'plain Node') return { ...figure, ratio };
    const aim = one.work === 'proxy' ? 0.65 : 1.2;
    return { ...figure, ratio, aim: `≤ ${aim}`, met: ratio <= aim };
  });
}
