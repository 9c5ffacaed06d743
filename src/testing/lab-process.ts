/** Runs `nearcast lab` as a user would, on ports of its own, and looks at it from outside. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemRandom } from '../base/random.ts';
import type { PopPhase } from '../feed/report.ts';
import type { VantageReport } from '../feed/vantage.ts';
import { portAllocator } from '../lab/ports.ts';
import { waitFor } from './wait.ts';

export interface LabStatus {
  readonly pops: readonly {
    readonly name: string;
    readonly phase: PopPhase;
    readonly announced: readonly string[];
    readonly agentPid: number;
    readonly edgePid: number | null;
  }[];
  readonly vantages: readonly VantageReport[];
  readonly domains: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly pop: string | undefined;
  readonly body: string;
  readonly closes: boolean;
}

export interface LabProcess {
  readonly child: ChildProcess;
  readonly apiPort: number;
  readonly output: () => string;
  readonly status: () => Promise<LabStatus>;
  readonly vantageUrl: (name: string) => string;
  readonly controlPid: () => number;
  /** All processes that hang on this lab, by their state directory in the command line; without the lab itself. */
  readonly processes: () => number[];
  readonly cli: (...args: string[]) => string;
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
}

export const nearcastBinary = resolve('bin/nearcast');

/** The quickstart, copied, with origin servers on ports of its own. Returns the network file. */
export async function copyQuickstart(directory: string): Promise<string> {
  cpSync('examples/quickstart', directory, { recursive: true });
  const allocate = portAllocator(systemRandom());
  const file = join(directory, 'network.yaml');
  const text = readFileSync(file, 'utf8').replaceAll('127.0.0.1:7491', `127.0.0.1:${await allocate()}`);
  writeFileSync(file, text.replaceAll('127.0.0.1:7492', `127.0.0.1:${await allocate()}`));
  return file;
}

export interface LabProcessOptions {
  /** Changes the copied quickstart before it is started. */
  readonly prepare?: (directory: string) => void;
}

/** Starts a lab on a copy of the quickstart and waits until it is ready. */
export async function startLabProcess(options: LabProcessOptions = {}): Promise<LabProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-test-'));
  const networkFile = await copyQuickstart(directory);
  options.prepare?.(directory);
  const apiPort = await portAllocator(systemRandom())();
  const state = join(directory, 'state');
  const args = ['lab', networkFile, '--api-port', String(apiPort), '--vantage-port', '0', '--state', state];
  const child = spawn(nearcastBinary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const vantages = new Map<string, string>();
  const processes = (): number[] => pidsNaming(state).filter((pid) => pid !== child.pid);
  const lab: LabProcess = {
    child,
    apiPort,
    output: () => output,
    status: async () => JSON.parse((await get(`${apiUrl}/api/v1/status`)).body) as LabStatus,
    vantageUrl: (name) => vantages.get(name) ?? '',
    controlPid: () => pidsNaming(join(state, 'control')).find((pid) => commandLine(pid).includes(' control ')) ?? 0,
    processes,
    cli: (...cliArgs) =>
      execFileSync(nearcastBinary, [...cliArgs, '--api', apiUrl], { stdio: ['ignore', 'pipe', 'pipe'] }).toString(),
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await waitFor('the lab to end', () => child.exitCode !== null || child.signalCode !== null, 20_000);
      await waitFor('its processes to end', () => processes().length === 0, 10_000);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await waitFor(
      'the lab to be ready',
      () => {
        if (child.exitCode !== null) throw new Error('it has ended');
        return /^ready/m.test(output);
      },
      60_000,
    );
  } catch (error) {
    await lab.end();
    throw new Error(`${(error as Error).message}\n${output}`);
  }
  for (const { name, url } of (await lab.status()).vantages) vantages.set(name, url);
  return lab;
}

export function pidsNaming(text: string): number[] {
  try {
    return execFileSync('pgrep', ['-f', '--', text]).toString().trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** One request; on a new connection unless an agent is given. Rejects where no whole answer comes within `timeoutMs`. */
export function get(
  url: string,
  { host, agent, timeoutMs = 3_000 }: { host?: string; agent?: Agent; timeoutMs?: number } = {},
): Promise<Answer> {
  return new Promise((resolveAnswer, reject) => {
    const outgoing = request(
      url,
      {
        agent: agent ?? new Agent(),
        headers: host === undefined ? {} : { host },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolveAnswer({
            status: response.statusCode ?? 0,
            pop: response.headers['x-nearcast-pop'] as string | undefined,
            body: Buffer.concat(chunks).toString(),
            closes: response.headers.connection === 'close',
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
