/** Load on an HTTP server: by `wrk` where it is installed, else by a small client of our own. */
import { execFile } from 'node:child_process';
import { Agent, get } from 'node:http';
import { promisify } from 'node:util';
import { pinned } from './processes.ts';

const run = promisify(execFile);

export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
}

/** Keeps `connections` busy for `seconds`; counts whole answers. */
export async function loadByWrk(
  url: string,
  options: { host: string; seconds: number; connections: number; core: number },
): Promise<LoadResult> {
  const [command, args] = pinned(options.core, 'wrk', [
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '-H',
    `Host: ${options.host}`,
    url,
  ]);
  const { stdout } = await run(command, args);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? Number.NaN);
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  const errors = bad + (socket === null ? 0 : socket.slice(1).reduce((sum, text) => sum + Number(text), 0));
  return { requests, errors };
}

export async function loadByNode(
  url: string,
  options: { host: string; seconds: number; connections: number },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const until = performance.now() + options.seconds * 1000;
  let requests = 0;
  let errors = 0;
  const one = () =>
    new Promise<void>((resolve) => {
      get(url, { agent, headers: { host: options.host } }, (response) => {
        if (response.statusCode !== 200) errors++;
        response.resume();
        response.on('end', () => {
          requests++;
          resolve();
        });
      }).on('error', () => {
        errors++;
        resolve();
      });
    });
  const worker = async () => {
    while (performance.now() < until) await one();
  };
  await Promise.all(Array.from({ length: options.connections }, worker));
  agent.destroy();
  return { requests, errors };
}
