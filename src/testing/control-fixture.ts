/** A control for tests: on a free port, over a network file and a state directory of its own, with a client that can say anything. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../base/log.ts';
import { agentTokenPath, type ControlOptions, type RunningControl, startControl } from '../control/start.ts';
import { type FeedBatch, feedBatchSchema } from '../feed/records.ts';
import type { AgentReport } from '../feed/report.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export class ControlFixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'nearcast-control-'));
  readonly networkFile = join(this.directory, 'network.yaml');
  readonly state = join(this.directory, 'state');
  control: RunningControl | undefined;

  constructor() {
    mkdirSync(join(this.directory, 'site'));
    writeFileSync(join(this.directory, 'site', 'index.html'), '<h1>hello</h1>');
    this.writeNetwork();
  }

  writeNetwork(change: (text: string) => string = (text) => text): void {
    writeFileSync(this.networkFile, change(networkText));
  }

  async start(options: Partial<ControlOptions> = {}): Promise<RunningControl> {
    this.control = await startControl({
      networkFile: this.networkFile,
      stateDirectory: this.state,
      apiHost: '127.0.0.1',
      apiPort: 0,
      version: '0.0.0',
      logger: silentLogger,
      ...options,
    });
    return this.control;
  }

  async end(): Promise<void> {
    await this.control?.close();
    rmSync(this.directory, { recursive: true });
  }

  token(pop: string): string {
    return readFileSync(agentTokenPath(this.state, pop), 'utf8').trim();
  }

  authorization(pop: string): Record<string, string> {
    return { authorization: `Bearer ${this.token(pop)}` };
  }

  get url(): string {
    return this.control?.url ?? '';
  }

  ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}${path}`, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  json(path: string, method: string, value: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(value),
    });
  }

  report(report: Partial<AgentReport> & { pop: string }): Promise<Answer> {
    return this.json('/api/v1/agent/report', 'POST', { ...quietReport, ...report }, this.authorization(report.pop));
  }

  feed(pop: string, query: string): FeedConnection {
    return new FeedConnection(`${this.url}/api/v1/agent/feed${query}`, this.authorization(pop));
  }
}

/** An open feed; each line is checked as an agent does. */
export class FeedConnection {
  readonly batches: FeedBatch[] = [];
  /** Set once the connection has ended. */
  ended = false;
  status = 0;
  readonly #request;

  constructor(url: string, headers: Record<string, string>) {
    let rest = '';
    this.#request = request(url, { headers, agent: false }, (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.batches.push(feedBatchSchema.parse(JSON.parse(line)));
      });
      response.on('error', () => {});
      response.on('close', () => {
        this.ended = true;
      });
    });
    this.#request.on('error', () => {
      this.ended = true;
    });
    this.#request.end();
  }

  close(): void {
    this.#request.destroy();
  }
}

const quietReport = {
  phase: 'announcing',
  reason: 'healthy',
  announced: ['192.0.2.0/24'],
  sessions: [],
  agentPid: 1001,
  edgePid: 1002,
  edgeRestarts: 0,
  epoch: null,
  through: 0,
  problems: [],
} satisfies Omit<AgentReport, 'pop'>;

const networkText = `
network: test
asn: 64500
prefixes:
  - { prefix: 192.0.2.0/24, address: 192.0.2.1 }
pops:
  fra:
    location: Frankfurt, DE
    sessions:
      - { peerAsn: 64501, neighborAddress: 203.0.113.1, sourceAddress: 203.0.113.2, password: { env: FRA_PASSWORD } }
  sin:
    location: Singapore, SG
    sessions:
      - { peerAsn: 64502, neighborAddress: 203.0.113.5, sourceAddress: 203.0.113.6 }
services:
  docs: { kind: static, directory: ./site }
  api:
    kind: web
    originServers:
      - { region: eu, url: "https://api-eu.example.net" }
domains:
  docs.example.com: docs
  api.example.com: api
`;
