/** What the lab asks of control over its API. Control may be away at any time: then there is no answer, and no error. */
import type { VantageReport } from '../feed/vantage.ts';

export interface ControlStatus {
  readonly pops: readonly {
    readonly name: string;
    readonly phase: string;
    readonly announced: readonly string[];
    readonly agentPid: number | null;
    readonly edgePid: number | null;
    readonly sessions: readonly { readonly name: string; readonly phase: string }[];
    readonly reason: string;
  }[];
  readonly domains: readonly string[];
}

export interface ControlClient {
  readonly putVantages: (vantages: readonly VantageReport[]) => Promise<void>;
  readonly status: () => Promise<ControlStatus | undefined>;
}

const timeoutMs = 400;

export function controlClient(apiUrl: string): ControlClient {
  const ask = async (path: string, init: RequestInit): Promise<Response | undefined> => {
    try {
      const response = await fetch(`${apiUrl}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
      return response.ok ? response : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    putVantages: async (vantages) => {
      const headers = { 'content-type': 'application/json' };
      const response = await ask('/api/v1/vantages', { method: 'PUT', headers, body: JSON.stringify(vantages) });
      await response?.arrayBuffer().catch(() => {});
    },
    status: async () => {
      const response = await ask('/api/v1/status', {});
      return response?.json().catch(() => undefined) as Promise<ControlStatus | undefined>;
    },
  };
}
