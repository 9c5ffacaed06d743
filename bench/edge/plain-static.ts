/** A peer: a plain Node server that answers the same bytes from memory. Arguments: port, bytes of the body. */
import { createServer } from 'node:http';

const [port, bytes] = process.argv.slice(2).map(Number);
const body = Buffer.alloc(bytes ?? 1024, 'x');
const headers = {
  'content-type': 'text/html; charset=utf-8',
  etag: '"737e6daf77521604fc482aa91e8bed8c"',
  'last-modified': new Date(0).toUTCString(),
  'content-length': body.length,
};
createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
}).listen(port, '127.0.0.1');
