/**
 * Reads a large configuration in a thread of its own, and hands the domains over piece by piece, each when it is asked for.
 *
 * Why: a million domains take seconds to parse and check. In the main thread nobody would be answered meanwhile, the agent's
 * health checks included, and the PoP would be withdrawn for a reload.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Checked, Problem } from '../base/problem.ts';
import { type ConfigFacts, domainPieces, readConfig } from './config.ts';
import type { LoadedConfig } from './load-config.ts';

type Message =
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] }
  | { readonly kind: 'checked'; readonly facts: ConfigFacts; readonly sha256: string }
  | { readonly kind: 'domains'; readonly piece: readonly string[] }
  | { readonly kind: 'end' };

const threadName = 'nearcast-edge-config';

/** As `loadConfig`, from a thread. The thread lives until `discard`. */
export async function loadInThread(path: string): Promise<Checked<LoadedConfig>> {
  const worker = new Worker(new URL(import.meta.url), { name: threadName, workerData: { [threadName]: path } });
  const next = messages(worker);
  try {
    const first = await next();
    if (first.kind === 'failed') {
      await worker.terminate();
      return { ok: false, problems: first.problems };
    }
    if (first.kind !== 'checked') throw new Error(`bug: the configuration's thread began with ${first.kind}`);
    const { facts, sha256 } = first;
    const discard = () => void worker.terminate();
    return { ok: true, value: { facts, sha256, domains: pieces(worker, next), discard }, warnings: [] };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

async function* pieces(worker: Worker, next: () => Promise<Message>): AsyncIterable<readonly string[]> {
  for (;;) {
    worker.postMessage('more');
    const message = await next();
    if (message.kind !== 'domains') return;
    yield message.piece;
  }
}

/** Each call waits for one message; the thread's failure rejects it. */
function messages(worker: Worker): () => Promise<Message> {
  return () =>
    new Promise((resolve, reject) => {
      const onMessage = (message: Message) => {
        worker.off('error', onError);
        worker.off('exit', onExit);
        resolve(message);
      };
      const onError = (error: unknown) => {
        worker.off('message', onMessage);
        reject(error);
      };
      const onExit = () => onError(new Error('the thread that reads the configuration ended'));
      worker.once('message', onMessage);
      worker.once('error', onError);
      worker.once('exit', onExit);
    });
}

function runThread(path: string): void {
  const checked = readConfig(path);
  const post = (message: Message) => parentPort?.postMessage(message);
  if (!checked.ok) {
    post({ kind: 'failed', problems: checked.problems });
    return;
  }
  const { domains, ...facts } = checked.value.config;
  const remaining = domainPieces(domains)[Symbol.iterator]();
  parentPort?.on('message', () => {
    const { done, value } = remaining.next();
    post(done === true ? { kind: 'end' } : { kind: 'domains', piece: value });
  });
  post({ kind: 'checked', facts, sha256: checked.value.sha256 });
}

// The same file is the thread's own program.
if (!isMainThread && typeof workerData?.[threadName] === 'string') runThread(workerData[threadName]);
