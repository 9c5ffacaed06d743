/** Raw answers to what is no request: there is no parsed request to answer through, only a socket. */

const rejections: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  ERR_CONNECT: '405 Method Not Allowed',
};

/** The whole answer to bytes that failed with this error code. */
export function rejectionOf(code: string): string {
  const status = rejections[code] ?? '400 Bad Request';
  const body = `${status}\n`;
  const allow = code === 'ERR_CONNECT' ? 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n' : '';
  return `HTTP/1.1 ${status}\r\n${allow}Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}
