/** A control that serves what a test puts into it, and keeps the reports that it gets: the agent's side of the API alone. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnswerPiece, answerPieceSchema } from '../feed/question.ts';
import type { FeedBatch } from '../feed/records.ts';
import { type AgentReport, agentReportSchema } from '../feed/report.ts';

export interface FakeControl {
  readonly url: string;
  readonly token: string;
  /** Query strings of the feed requests so far. */
  readonly feedRequests: string[];
  readonly reports: AgentReport[];
  readonly blobs: Map<string, Uint8Array>;
  readonly blobRequests: string[];
  /** What each feed connection is sent first; the connection then stays open. */
  onFeed: (response: ServerResponse, query: URLSearchParams) => void;
  /** Sends to all open feeds. */
  send(batch: FeedBatch): void;
  sendText(text: string): void;
  /** Asks the agents; false where none listens. */
  ask(line: unknown): boolean;
  /** What becomes of a piece of an answer: the status that the agent gets. */
  onAnswer: (id: string, piece: AnswerPiece) => number;
  /** Breaks all connections; the port stays. */
  breakConnections(): void;
  close(): Promise<void>;
}

export async function startFakeControl(port = 0): Promise<FakeControl> {
  const token = 'fake-token';
  const feeds = new Set<ServerResponse>();
  const questions = new Set<ServerResponse>();
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://control');
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
    } else if (url.pathname === '/api/v1/agent/feed') {
      control.feedRequests.push(url.search);
      feeds.add(response);
      response.on('close', () => feeds.delete(response));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
      control.onFeed(response, url.searchParams);
    } else if (url.pathname === '/api/v1/agent/report') {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      control.reports.push(agentReportSchema.parse(JSON.parse(Buffer.concat(parts).toString())));
      response.writeHead(204).end();
    } else if (url.pathname === '/api/v1/agent/questions') {
      questions.add(response);
      response.on('close', () => questions.delete(response));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
    } else if (url.pathname.startsWith('/api/v1/agent/answers/')) {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      const id = url.pathname.split('/').at(-1) ?? '';
      const piece = answerPieceSchema.parse(JSON.parse(Buffer.concat(parts).toString()));
      response.writeHead(control.onAnswer(id, piece)).end();
    } else {
      const sha256 = url.pathname.split('/').at(-1) ?? '';
      control.blobRequests.push(sha256);
      const blob = control.blobs.get(sha256);
      if (blob === undefined) response.writeHead(404).end();
      else response.end(blob);
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const control: FakeControl = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    feedRequests: [],
    reports: [],
    blobs: new Map(),
    blobRequests: [],
    onFeed: () => {},
    send(batch) {
      control.sendText(`${JSON.stringify(batch)}\n`);
    },
    sendText(text) {
      for (const feed of feeds) feed.write(text);
    },
    ask(line) {
      for (const stream of questions) stream.write(`${JSON.stringify(line)}\n`);
      return questions.size > 0;
    },
    onAnswer: () => 200,
    breakConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return control;
}
