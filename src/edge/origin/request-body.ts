/**
 * A request's body on its way into an origin server's socket, in chunks or by its declared length, at the socket's pace.
 *
 * Why it counts: a body shorter or longer than declared would shift the bounds of the connection's next request.
 */
import type { Socket } from 'node:net';
import type { OriginRequestBody } from './connection.ts';

export interface BodyEvents {
  /** Whose turn it is. */
  waitsFor(whom: 'client' | 'origin'): void;
  ended(): void;
  /** It cannot be sent to its end. */
  broken(why: string): void;
}

/** Begins to send; `stop` lets go of the stream and the socket. */
export function sendBody(socket: Socket, { stream, bytes: declared }: OriginRequestBody, events: BodyEvents) {
  let sentBytes = 0;

  function onData(chunk: Buffer): void {
    sentBytes += chunk.length;
    if (declared >= 0 && sentBytes > declared) {
      giveUp('the body is longer than its declared length');
      return;
    }
    let flows: boolean;
    if (declared >= 0) flows = socket.write(chunk);
    else {
      // RFC 9112 §7.1; a chunk without bytes would be the last one.
      if (chunk.length === 0) return;
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      socket.write(chunk);
      flows = socket.write('\r\n', 'latin1');
      socket.uncork();
    }
    if (!flows) stream.pause();
    events.waitsFor(flows ? 'client' : 'origin');
  }

  function onDrain(): void {
    events.waitsFor('client');
    stream.resume();
  }

  function onEnd(): void {
    if (declared >= 0 && sentBytes !== declared) {
      giveUp('the body is shorter than its declared length');
      return;
    }
    if (declared < 0) socket.write('0\r\n\r\n', 'latin1');
    detach();
    events.ended();
  }

  function onClose(): void {
    giveUp('the body broke off');
  }

  function giveUp(why: string): void {
    stop();
    events.broken(why);
  }

  function detach(): void {
    stream.off('data', onData);
    stream.off('end', onEnd);
    stream.off('close', onClose);
    socket.off('drain', onDrain);
  }

  function stop(): void {
    detach();
    stream.destroy();
  }

  stream.on('end', onEnd);
  stream.on('close', onClose);
  socket.on('drain', onDrain);
  events.waitsFor('client');
  stream.on('data', onData);
  return { stop };
}
