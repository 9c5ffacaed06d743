/**
 * A whole anycast network on this machine, without privileges: control, agents and edges as processes, the Internet's
 * routers as speakers in this one, vantages as local ports.
 *
 * Order up: routers (the agents' sessions need them), vantages, control, agents. Order down: agents (each withdraws, then
 * stops its edge), control, vantages, routers. All processes hang on one lifeline, so none outlives the lab.
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { assert } from '../base/assert.ts';
import { type Clock, every } from '../base/clock.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { holdLifeline, type Lifeline, lifelineLives } from '../base/lifeline.ts';
import type { Logger } from '../base/log.ts';
import { fail, ProblemError } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import type { PopIntent } from '../network/intent.ts';
import { distanceKm } from '../network/locations.ts';
import { type Child, keepChild } from './child.ts';
import { type ControlClient, type ControlStatus, controlClient } from './control-client.ts';
import { type DemoOrigin, startDemoOrigin } from './demo-origin.ts';
import type { ForwardingPath } from './forwarding.ts';
import { portAllocator, portIsFree } from './ports.ts';
import { type Routers, startRouters } from './routers.ts';
import { delayOfDistance, type Topology } from './topology.ts';
import { openVantage, type Vantage } from './vantage.ts';

export interface LabOptions {
  readonly networkFile: string;
  readonly pops: readonly PopIntent[];
  /** URL and region of each origin server on this machine's loopback: those that nothing serves yet get a demonstration. */
  readonly localOriginServers: readonly { readonly url: string; readonly region: string }[];
  readonly topology: Topology;
  /** Kept; absent: a temporary one that goes with the lab. */
  readonly stateDirectory?: string;
  /** 0 for any free one. */
  readonly apiPort: number;
  /** Of the first vantage, the others follow; 0 for any free ones. */
  readonly vantagePort: number;
  /** The command line's own entry file, by which processes are started. */
  readonly entry: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onProgress: (what: string) => void;
}

export interface LabVantage {
  readonly name: string;
  readonly url: string;
  readonly networkName: string;
  readonly path: ForwardingPath;
}

export interface LabSnapshot {
  readonly vantages: readonly LabVantage[];
  /** As control last told it; undefined while control is away. */
  readonly status: ControlStatus | undefined;
  readonly controlPid: number | undefined;
}

export interface Lab {
  readonly apiUrl: string;
  readonly stateDirectory: string;
  readonly snapshot: () => LabSnapshot;
  /** Calls `listener` after each change of what `snapshot` tells. Returns what ends it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly stop: () => Promise<void>;
}

const statusIntervalMs = 500;
/** How long a process gets to end in order; an agent withdraws and stops its edge in that time. */
const stopGraceMs = 6_000;

const temporaryPrefix = join(tmpdir(), 'nearcast-lab-');
const lifelineName = 'lifeline.sock';

/** Removes temporary directories of labs that were killed before they could do it. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), name);
    if (!directory.startsWith(temporaryPrefix) || statSync(directory).uid !== process.getuid?.()) continue;
    if (existsSync(join(directory, lifelineName)) && !(await lifelineLives(join(directory, lifelineName)))) {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

export async function startLab(options: LabOptions): Promise<Lab> {
  const { clock, random, pops, topology, onProgress } = options;
  const kept = options.stateDirectory !== undefined;
  if (!kept) await removeLeftovers();
  const stateDirectory = kept ? resolve(options.stateDirectory as string) : mkdtempSync(temporaryPrefix);
  makeStateDirectory(stateDirectory);
  const at = (...parts: string[]): string => join(stateDirectory, ...parts);

  /** What undoes each step done so far, newest first: the same list serves a failed start and an orderly stop. */
  const undo: (() => Promise<unknown> | unknown)[] = [];
  async function stop(): Promise<void> {
    for (const step of undo.splice(0).reverse()) await step();
  }
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  try {
    if (!kept) undo.push(() => rmSync(stateDirectory, { recursive: true, force: true }));
    const lifelinePath = at(lifelineName);
    const lifeline = await openLifeline(lifelinePath);
    undo.push(() => lifeline.close());

    const allocatePort = portAllocator(random);
    const routers = await startRouters({
      topology,
      pops,
      delayToPop: (pop, asn) => delayToPop(topology, pop, asn),
      allocatePort,
      clock,
      random,
      log: options.log,
    });
    undo.push(() => routers.stop());
    onProgress(`${topology.networks.size} networks of the Internet are up, ${topology.links.length} links`);

    const origins = await startOrigins(options);
    undo.push(() => Promise.all(origins.map((origin) => origin.close())));

    const edges = new Map<string, { host: string; port: number }>();
    for (const pop of pops) {
      const listen: Record<string, { host: string; port: number }> = {};
      for (const { address } of pop.addresses) listen[address] = { host: '127.0.0.1', port: await allocatePort() };
      const first = pop.addresses[0];
      assert(first, `PoP ${pop.pop} has an anycast address`);
      edges.set(pop.pop, listen[first.address] as { host: string; port: number });
      const sessions = Object.fromEntries(
        pop.sessions.map((session) => [session.name, routers.sessionEndpoints.get(session.name)]),
      );
      writeFileAtomic(at('pops', pop.pop, 'loopback-map.json'), JSON.stringify({ sessions, listen }, undefined, 2));
    }

    const vantages = await openVantages(options, routers, edges, (vantage) => undo.push(() => vantage.close()));
    const snapshotVantages = (): LabVantage[] =>
      vantages.map(({ vantage, asn, networkName }) => ({
        name: vantage.name,
        url: vantage.url,
        networkName,
        path: routers.path(asn, anycastAddress(pops)),
      }));

    const env = { NEARCAST_LIFELINE: lifelinePath };
    const keep: Keep = (name, args, hooks) => {
      const child = keepChild({
        name,
        args,
        entry: options.entry,
        env,
        logFile: at('logs', `${name}.log`),
        clock,
        onLine: hooks?.onLine ?? (() => {}),
        onEnd: (how, again) => {
          const then = again ? 'it is started again' : 'that was on purpose, so it stays down until the next start';
          onProgress(`${name} ended (${how}); ${then}`);
          hooks?.onEnd();
        },
      });
      undo.push(() => child.stop(stopGraceMs));
      return child;
    };

    const apiPort = options.apiPort === 0 ? await allocatePort() : options.apiPort;
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const control = await startControl(keep, { ...options, apiPort }, at('control'), at('logs', 'control.log'));
    onProgress(`control answers at ${apiUrl}`);

    const agents: Child[] = [];
    for (const pop of pops) {
      const name = `agent-${pop.pop}`;
      const args = ['agent', '--pop', pop.pop, '--control', apiUrl];
      args.push('--token-file', at('control', 'tokens', `${pop.pop}.token`), '--state', at('pops', pop.pop));
      args.push('--loopback-map', at('pops', pop.pop, 'loopback-map.json'));
      args.push('--access-log', at('logs', `access-${pop.pop}.log`));
      agents.push(keep(name, args));
    }
    // Agents stop side by side, each in its own order; the list above would stop them one after another.
    undo.push(() => Promise.all(agents.map((agent) => agent.stop(stopGraceMs))));

    const client = controlClient(apiUrl);
    let status: ControlStatus | undefined;
    undo.push(
      watchControl({ client, clock, routers, snapshotVantages, onStatus: (fresh) => (status = fresh), changed }),
    );

    return {
      apiUrl,
      stateDirectory,
      snapshot: () => ({ vantages: snapshotVantages(), status, controlPid: control.pid() }),
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The longest path of a Unix socket below it must fit into `sun_path` (108 bytes on Linux, 104 elsewhere). */
const longestSocketPath = 103;

function makeStateDirectory(directory: string): void {
  const bytes = Buffer.byteLength(directory);
  const room = longestSocketPath - Buffer.byteLength(join('/', 'pops', 'a-pop-of-16-byte', 'edge.sock'));
  if (bytes > room) {
    fail({
      code: 'lab.state-path-too-long',
      what: `the path of the state directory has ${bytes} bytes; with the sockets below it, ${room} are the most`,
      where: directory,
      fix: 'give a shorter one: --state DIR',
    });
  }
  try {
    // Parents only where they are missing: Node's recursive mkdir never ends below /proc.
    if (!existsSync(directory)) mkdirSync(directory, { recursive: !existsSync(dirname(directory)), mode: 0o700 });
    accessSync(directory, constants.W_OK);
    if (!statSync(directory).isDirectory()) throw new Error('it is a file');
  } catch (error) {
    fail({
      code: 'lab.state-directory',
      what: `the state directory cannot be used: ${(error as Error).message}`,
      where: directory,
      fix: 'give a directory that may be written: --state DIR',
    });
  }
}

async function openLifeline(path: string): Promise<Lifeline> {
  // A kept state directory may hold the socket of a lab that was killed, or of one that lives.
  try {
    return await holdLifeline(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return fail({
      code: 'lab.state-in-use',
      what: 'another lab runs on this state directory',
      where: path,
      fix: 'end it first, or give this one another directory: --state DIR',
    });
  }
}

function anycastAddress(pops: readonly PopIntent[]): Address {
  const text = pops[0]?.addresses[0]?.address ?? '';
  const address = parseAddress(text);
  assert(address, `an anycast address, not "${text}"`);
  return address;
}

/** A PoP stands near its upstream's router: the delay of that distance, small where they share a city. */
function delayToPop(topology: Topology, pop: PopIntent, asn: number): number {
  const network = topology.networks.get(asn);
  assert(network, `AS${asn} is in the topology`);
  return delayOfDistance(distanceKm(network.location, pop.location));
}

async function startOrigins(options: LabOptions): Promise<DemoOrigin[]> {
  const origins: DemoOrigin[] = [];
  const regions = new Map(options.localOriginServers.map(({ url, region }) => [url, region])); // services may share one
  for (const [url, region] of regions) {
    const origin = await startDemoOrigin(url, region);
    if (origin === undefined)
      options.onProgress(`origin server ${url} (${region}): something listens there, it is used`);
    else origins.push(origin);
  }
  return origins;
}

interface OpenedVantage {
  readonly vantage: Vantage;
  readonly asn: number;
  readonly networkName: string;
}

async function openVantages(
  { topology, pops, vantagePort, clock }: LabOptions,
  routers: Routers,
  edges: ReadonlyMap<string, { host: string; port: number }>,
  onOpen: (vantage: Vantage) => void,
): Promise<OpenedVantage[]> {
  const address = anycastAddress(pops);
  const opened: OpenedVantage[] = [];
  for (const network of topology.networks.values()) {
    if (network.vantage === undefined) continue;
    const vantage = await openVantage({
      name: network.vantage,
      port: vantagePort === 0 ? 0 : vantagePort + opened.length,
      clock,
      path: () => routers.path(network.asn, address),
      edgeOf: (pop) => edges.get(pop) as { host: string; port: number },
    });
    onOpen(vantage);
    opened.push({ vantage, asn: network.asn, networkName: network.name });
  }
  return opened;
}

type Keep = (
  name: string,
  args: readonly string[],
  hooks?: { readonly onLine: (line: string) => void; readonly onEnd: () => void },
) => Child;

/** Starts control and waits until it listens. One that ends before that wrote why to its log. */
async function startControl(keep: Keep, options: LabOptions, state: string, logFile: string): Promise<Child> {
  if (!(await portIsFree(options.apiPort))) {
    fail({
      code: 'lab.port-in-use',
      what: `port ${options.apiPort} on 127.0.0.1, meant for control's API, is in use`,
      fix: 'end the other program (another `npm start`?), or choose another port: --api-port PORT',
    });
  }
  return new Promise((resolveReady, reject) => {
    const failed = (what: string): void => {
      cancel();
      const said = readFileIfThere(logFile)?.trimEnd() ?? '';
      const fix = said === '' ? 'see that its state directory can be written and the disk is not full' : said;
      reject(new ProblemError([{ code: 'lab.control-start', severity: 'error', what, where: logFile, fix }]));
    };
    const cancel = options.clock.after(15_000, () => failed('control did not get ready within 15 s'));
    const args = ['control', '--network', options.networkFile, '--state', state, '--api-port', String(options.apiPort)];
    const child = keep('control', args, {
      onLine: (line) => {
        if (!line.startsWith('control: ready')) return;
        cancel();
        resolveReady(child);
      },
      onEnd: () => failed('control ended before it was ready'),
    });
  });
}

/** Tells control what the vantages see and asks it for its view, again and again; a control that is away is no error. */
function watchControl(watch: {
  readonly client: ControlClient;
  readonly clock: Clock;
  readonly routers: Routers;
  readonly snapshotVantages: () => readonly LabVantage[];
  readonly onStatus: (status: ControlStatus | undefined) => void;
  readonly changed: () => void;
}): () => void {
  const { client, clock, routers, snapshotVantages, onStatus, changed } = watch;
  let reportSoon = false;
  let stopped = false;
  let busy = false;

  async function exchange(): Promise<void> {
    if (busy || stopped) return;
    busy = true;
    await client.putVantages(
      snapshotVantages().map(({ name, url, path }) => ({
        name,
        url,
        pop: path.reached ? path.pop : null,
        asPath: path.reached ? [...path.asPath] : [],
        roundTripMs: path.reached ? Math.round(path.delayMs * 20) / 10 : null,
      })),
    );
    const status = await client.status();
    busy = false;
    if (stopped) return;
    onStatus(status);
    changed();
  }

  routers.onChange(() => {
    if (reportSoon) return;
    reportSoon = true;
    clock.after(20, () => {
      reportSoon = false;
      changed();
      void exchange();
    });
  });
  void exchange();
  const stopTimer = every(clock, statusIntervalMs, () => void exchange());
  return () => {
    stopped = true;
    stopTimer();
  };
}
