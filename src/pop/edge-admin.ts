/**
 * The agent's side of the edge's admin socket (`feed/edge-config.ts`): status, reload, stop, and the lifeline.
 *
 * Each call has a time limit, because a stopped edge accepts connections and never answers.
 */
import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { type EdgeStatus, edgeStatusSchema } from '../feed/edge-config.ts';

export type AdminAnswer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** Nothing listens there: no edge. */
  | { readonly kind: 'nobody' }
  /** Something has the socket, but does not answer in time. */
  | { readonly kind: 'mute' }
  /** An answer that is none: another program or another version; or a refusal, with why. */
  | { readonly kind: 'wrong'; readonly why: string };

export interface EdgeAdmin {
  status(timeoutMs: number): Promise<AdminAnswer<EdgeStatus>>;
  /** `wrong` with the edge's problems where it refuses the file. */
  reload(timeoutMs: number): Promise<AdminAnswer<EdgeStatus>>;
  /** Asks it to finish its requests for up to `graceMs` and to exit. */
  stop(graceMs: number, timeoutMs: number): Promise<AdminAnswer<undefined>>;
  /** Joins the lifeline: `onHeld` once it stands, `onLost` once when it ends or could not be joined. Returns what leaves it. */
  lifeline(onHeld: () => void, onLost: (why: string) => void): () => void;
}

const longestAnswer = 4 * 1024 * 1024;

export function createEdgeAdmin(socketPath: string): EdgeAdmin {
  function call(method: string, path: string, timeoutMs: number): Promise<AdminAnswer<{ code: number; body: string }>> {
    return new Promise((resolve) => {
      const asked = request({ socketPath, method, path, agent: false, headers: { host: 'edge' } });
      const timer = setTimeout(() => {
        resolve({ kind: 'mute' });
        asked.destroy();
      }, timeoutMs);
      function settle(answer: AdminAnswer<{ code: number; body: string }>): void {
        clearTimeout(timer);
        resolve(answer);
      }
      asked.on('error', (error: NodeJS.ErrnoException) => {
        const nobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
        settle(nobody ? { kind: 'nobody' } : { kind: 'wrong', why: error.message });
      });
      asked.on('response', (response) => {
        collect(response).then(
          (body) => settle({ kind: 'ok', value: { code: response.statusCode ?? 0, body } }),
          (error: Error) => settle({ kind: 'wrong', why: error.message }),
        );
      });
      asked.end();
    });
  }

  async function statusCall(method: string, path: string, timeoutMs: number): Promise<AdminAnswer<EdgeStatus>> {
    const answer = await call(method, path, timeoutMs);
    if (answer.kind !== 'ok') return answer;
    if (answer.value.code !== 200) return { kind: 'wrong', why: refusal(answer.value.body, answer.value.code) };
    const parsed = edgeStatusSchema.safeParse(jsonOf(answer.value.body));
    if (parsed.success) return { kind: 'ok', value: parsed.data };
    return { kind: 'wrong', why: `its status is not one: ${z.prettifyError(parsed.error).split('\n')[0]}` };
  }

  return {
    status: (timeoutMs) => statusCall('GET', '/status', timeoutMs),
    reload: (timeoutMs) => statusCall('POST', '/reload', timeoutMs),
    async stop(graceMs, timeoutMs) {
      const answer = await call('POST', `/stop?graceMs=${graceMs}`, timeoutMs);
      if (answer.kind !== 'ok') return answer;
      if (answer.value.code === 202) return { kind: 'ok', value: undefined };
      return { kind: 'wrong', why: `it answered ${answer.value.code} to the request to stop` };
    },
    lifeline(onHeld, onLost) {
      let over = false;
      const asked = request({ socketPath, path: '/lifeline', agent: false, headers: { host: 'edge' } });
      function lost(why: string): void {
        if (over) return;
        over = true;
        onLost(why);
      }
      asked.on('error', (error) => lost(error.message));
      asked.on('response', (response) => {
        if (response.statusCode !== 200) {
          lost(`it answered ${response.statusCode} to the lifeline`);
          asked.destroy();
          return;
        }
        response.on('error', () => lost('its lifeline ended'));
        response.on('close', () => lost('its lifeline ended'));
        response.resume();
        onHeld();
      });
      asked.end();
      return () => {
        over = true;
        asked.destroy();
      };
    },
  };
}

async function collect(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > longestAnswer) throw new Error('its answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refusalSchema = z.object({ problems: z.array(z.object({ what: z.string() })) });

function refusal(body: string, code: number): string {
  const parsed = refusalSchema.safeParse(jsonOf(body));
  if (!parsed.success) return `it answered ${code}`;
  return parsed.data.problems.map((problem) => problem.what).join('; ');
}
