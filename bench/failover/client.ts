/**
 * Opens a new HTTP connection every 5 ms and writes down when each good answer came: what a user's browser would notice.
 *
 * Run as a process of its own (inside a namespace for the peer): `client.ts URL HOST SECONDS`. Prints `started` once
 * answers come, and at the end one JSON line, a `ClientReport`.
 */
import { connect } from 'node:net';

export interface ClientReport {
  /** The longest time between two good answers. */
  readonly largestGapMs: number;
  readonly good: number;
  readonly failed: number;
  /** Connections with no end within a second: a user would still be waiting. */
  readonly hung: number;
}

const intervalMs = 5;
const hangMs = 1_000;

async function main(url: URL, host: string, seconds: number): Promise<ClientReport> {
  const answers: number[] = [];
  let failed = 0;
  let hung = 0;
  const pending = new Set<Promise<void>>();
  const started = performance.now();
  for (let next = started; next < started + seconds * 1000; next += intervalMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    const attempt = once(url, host).then((result) => {
      if (result === 'good') {
        if (answers.length === 0) process.stdout.write('started\n');
        answers.push(performance.now());
      } else if (result === 'hung') hung++;
      else failed++;
    });
    pending.add(attempt);
    void attempt.then(() => pending.delete(attempt));
  }
  await Promise.all(pending);
  const gaps = answers.slice(1).map((at, index) => at - (answers[index] as number));
  return { largestGapMs: Math.max(0, ...gaps), good: answers.length, failed, hung };
}

function once(url: URL, host: string): Promise<'good' | 'failed' | 'hung'> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port || 80), url.hostname);
    const timer = setTimeout(() => finish('hung'), hangMs);
    let received = '';
    function finish(result: 'good' | 'failed' | 'hung'): void {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    }
    socket.on('connect', () => socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => finish('failed'));
    socket.on('close', () => finish(received.startsWith('HTTP/1.1 200') ? 'good' : 'failed'));
  });
}

const [url, host, seconds] = process.argv.slice(2) as [string, string, string];
process.stdout.write(`${JSON.stringify(await main(new URL(url), host, Number(seconds)))}\n`);
