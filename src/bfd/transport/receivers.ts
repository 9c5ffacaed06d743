/**
 * Receiving sockets: one for each local address and kind of session (one hop: port 3784, several: port 4784), shared by all
 * sessions there, open while there is one. Its filter follows its sessions.
 */
import type { Socket } from 'node:dgram';
import { attachFilter, type DatagramSocket, openDatagramSocket } from '../../base/datagram-socket.ts';
import { fail, ProblemError } from '../../base/problem.ts';
import { type Admitted, filterProgram, maximumPeers } from './filter.ts';

/** RFC 5881 §4: 3784; RFC 5883 §5: 4784. */
export const ports = { single: 3784, multihop: 4784 } as const;
/** What may wait while this thread does not run; the kernel grants what `net.core.rmem_max` allows. */
const receiveBufferBytes = 1024 * 1024;
export type Hops = keyof typeof ports;

/** Bytes that came to a local address; `source` as Node writes it, an IPv6 zone included. */
export type Received = (
  bytes: Uint8Array,
  from: { readonly local: string; readonly hops: Hops; readonly source: string },
) => void;

interface Receiver {
  readonly opening: Promise<DatagramSocket>;
  readonly peers: Map<string, Admitted>;
}

export class Receivers {
  readonly #received: Received;
  readonly #receivers = new Map<string, Receiver>();
  /** A door that is being closed must be closed before the same one opens again. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(received: Received) {
    this.#received = received;
  }

  /** Opens the door for a session's peer. Rejects with the Problems `bfd.in-use`, `bfd.too-many` and those of the socket. */
  async admit(session: string, local: string, hops: Hops, peer: Admitted): Promise<void> {
    const key = `${hops} ${local}`;
    let receiver = this.#receivers.get(key);
    if (receiver === undefined) {
      receiver = { opening: this.#open(local, hops, [peer]), peers: new Map() };
      this.#receivers.set(key, receiver);
    }
    const { peers, opening } = receiver;
    if (peers.size >= maximumPeers) tooMany(local);
    peers.set(session, peer);
    try {
      const { descriptor } = await opening;
      if (this.#receivers.get(key) === receiver) attachFilter(descriptor, filterProgram([...peers.values()]));
    } catch (error) {
      peers.delete(session);
      if (peers.size === 0 && this.#receivers.get(key) === receiver) this.#receivers.delete(key);
      throw error;
    }
  }

  async dismiss(session: string, local: string, hops: Hops): Promise<void> {
    const key = `${hops} ${local}`;
    const receiver = this.#receivers.get(key);
    if (receiver === undefined || !receiver.peers.delete(session)) return;
    if (receiver.peers.size === 0) this.#receivers.delete(key);
    if (receiver.peers.size > 0) {
      const { descriptor } = await receiver.opening;
      if (receiver.peers.size > 0) attachFilter(descriptor, filterProgram([...receiver.peers.values()]));
      return;
    }
    const closing = receiver.opening.then(
      ({ socket }) => closed(socket),
      () => {}, // it never opened, which whoever opened it has been told
    );
    this.#closing.set(key, closing);
    await closing;
    if (this.#closing.get(key) === closing) this.#closing.delete(key);
  }

  async #open(local: string, hops: Hops, peers: readonly Admitted[]): Promise<DatagramSocket> {
    await this.#closing.get(`${hops} ${local}`);
    try {
      const opened = await openDatagramSocket({ host: local, port: ports[hops], filter: filterProgram(peers) });
      opened.socket.on('message', (bytes, { address }) => this.#received(bytes, { local, hops, source: address }));
      opened.socket.setRecvBufferSize(receiveBufferBytes);
      opened.socket.on('error', () => {}); // a receiving socket has nothing to fail with that another packet would not mend
      return opened;
    } catch (error) {
      throw withFix(error, local, ports[hops]);
    }
  }
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function withFix(error: unknown, local: string, port: number): unknown {
  if (!(error instanceof ProblemError)) return error;
  const fixes: Readonly<Record<string, readonly [code: string, fix: string]>> = {
    'socket.in-use': [
      'bfd.in-use',
      'another BFD daemon (bird, bfdd) runs on this address: stop its BFD, or leave bfd out here',
    ],
    'socket.not-local': ['bfd.not-local', 'use an address that this machine has'],
  };
  const problems = error.problems.map((problem) => {
    const [code, fix] = fixes[problem.code] ?? [problem.code, undefined];
    return fix === undefined ? problem : { ...problem, code, fix, where: `UDP ${local} port ${port}` };
  });
  return new ProblemError(problems);
}

function tooMany(local: string): never {
  fail({
    code: 'bfd.too-many',
    what: `${local} already has ${maximumPeers} BFD sessions, and a socket filter holds no more`,
    fix: 'spread the sessions over several local addresses',
  });
}
