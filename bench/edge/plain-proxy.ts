/** A peer: a proxy of Node's plain `http` server and `http.request` with a keep-alive agent. Arguments: port, origin port. */
import { Agent, createServer, request } from 'node:http';

const [port, originPort] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
createServer((incoming, response) => {
  const outgoing = request(
    {
      host: '127.0.0.1',
      port: originPort,
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
      agent,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}).listen(port, '127.0.0.1');
