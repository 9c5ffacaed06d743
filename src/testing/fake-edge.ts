/**
 * An edge process for tests of the agent's supervision: the admin socket and the health answer, nothing else.
 *
 * Run as `node fake-edge.ts --config FILE --admin SOCKET [--pop NAME]`; with `--pop` it claims to be that PoP's. It exits
 * with code 3 and a message where the configuration's file holds no JSON.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { obeyLifeline } from '../base/lifeline.ts';
import { type EdgeConfig, type EdgeStatus, edgeConfigSchema } from '../feed/edge-config.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    admin: { type: 'string' },
    pop: { type: 'string' },
    'access-log': { type: 'string' },
  },
});

obeyLifeline();

function read(): { config: EdgeConfig; configSha256: string } {
  const bytes = readFileSync(values.config ?? '');
  const config = edgeConfigSchema.parse(JSON.parse(bytes.toString()));
  return { config, configSha256: createHash('sha256').update(bytes).digest('hex') };
}

let current: ReturnType<typeof read>;
try {
  current = read();
} catch (error) {
  console.error(`error: the configuration cannot be used: ${(error as Error).name}`);
  process.exit(3);
}
const pop = values.pop ?? current.config.pop;

function status(): EdgeStatus {
  return {
    pid: process.pid,
    pop,
    configSha256: current.configSha256,
    listening: current.config.listen,
    draining: current.config.draining,
    openConnections: 0,
    connectionsTotal: 0,
    activeRequests: 0,
    requestsTotal: 0,
  };
}

for (const { host, port } of current.config.listen) {
  createServer((request, response) => {
    response.writeHead(request.url === current.config.healthPath ? 200 : 404, { 'x-nearcast-pop': pop }).end('ok\n');
  }).listen(port, host);
}

rmSync(values.admin ?? '', { force: true });
createServer((request, response) => {
  if (request.url === '/lifeline') {
    response.writeHead(200).flushHeaders();
  } else if (request.url === '/reload') {
    try {
      current = read();
      response.end(JSON.stringify(status()));
    } catch {
      response.writeHead(400).end(JSON.stringify({ problems: [{ what: 'the file is not a configuration' }] }));
    }
  } else if (request.url?.startsWith('/stop') === true) {
    response.writeHead(202).end(() => process.exit(0));
  } else {
    response.end(JSON.stringify(status()));
  }
}).listen(values.admin);
