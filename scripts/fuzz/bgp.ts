/** BGP as it comes from a stranger: single messages, and a stream of them cut into pieces. */
import fc from 'fast-check';
import { seededRandom } from '../../src/base/random.ts';
import { anyContext, anyOther, anyUpdate } from '../../src/bgp/message/arbitrary.vectors.ts';
import { bugField, decodeMessage, encodeMessage } from '../../src/bgp/message/codec.ts';
import { MessageFramer } from '../../src/bgp/message/framer.ts';
import { headerLength, longestMessage } from '../../src/bgp/message/header.ts';
import { messageJson } from '../../src/bgp/message/json.ts';
import { rfc7606Rows } from '../../src/bgp/message/rfc7606.vectors.ts';
import { updateBytes } from '../../src/bgp/message/shape.vectors.ts';
import type { CodecContext, MessageError } from '../../src/bgp/message/types.ts';
import type { FuzzSample, FuzzTarget } from './target.ts';

const contexts = fc.sample(anyContext, { seed: 1, numRuns: 24 }).map((context, index) => ({
  ...context,
  ...(context.external && index % 2 === 0 ? { peerAsn: 64500 } : {}),
  ...(index % 3 === 0 ? { allowAsSet: false } : {}),
}));

interface GoodMessage {
  readonly raw: Uint8Array;
  readonly context: CodecContext;
  readonly label: string;
}

function goodMessages(): readonly GoodMessage[] {
  return contexts.flatMap((context, index) => {
    const label = `context${index}`;
    const others = fc.sample(anyOther, { seed: index, numRuns: 20 });
    const updates = fc.sample(anyUpdate(context), { seed: index, numRuns: 25 });
    const raws = [...others, ...updates].flatMap((message) => encodeMessage(message, context));
    const malformed = rfc7606Rows.map(({ update }) => updateBytes(update));
    // Large ones are rare: the time goes into many inputs.
    const all = [...raws.filter(({ length }, at) => length < 600 || at % 40 === 0), ...malformed];
    return all.map((raw) => ({ raw, context, label }));
  });
}

function errorFault(error: MessageError, length: number): string | undefined {
  if (error.field === bugField) return error.what;
  if (!(error.offset >= 0 && error.offset <= length)) return `an error at ${error.offset} of ${length} bytes`;
  return error.what.length > 0 && error.rfc.startsWith('RFC') ? undefined : 'an error that says nothing';
}

function checkMessage(input: Uint8Array, context: CodecContext): string | undefined {
  const result = decodeMessage(input, context);
  if (!result.ok) {
    if (result.error.outcome !== 'session-reset') return `refused with ${result.error.outcome}`;
    return errorFault(result.error, input.length);
  }
  const { message } = result;
  JSON.stringify(messageJson(message));
  if (message.type !== 'update') return undefined;
  for (const error of message.errors) {
    if (error.outcome === 'session-reset') return 'accepted with a session reset';
    const fault = errorFault(error, input.length);
    if (fault !== undefined) return fault;
  }
  // What was accepted can be said again, and is then free of errors.
  const { peerAsn: _peerAsn, ...anyFirstAs } = context;
  for (const raw of encodeMessage(message, context)) {
    const again = decodeMessage(raw, anyFirstAs);
    if (!again.ok) return `said again, it is refused: ${again.error.what}`;
    if (again.message.type === 'update' && again.message.errors.length > 0) return 'said again, it has errors';
  }
  return undefined;
}

/** Its type, what is wrong with it, and which attributes were read all the same. */
function kindOf(input: Uint8Array, context: CodecContext): string {
  const result = decodeMessage(input, context);
  const say = ({ outcome, code, subcode, field }: MessageError): string => `${outcome} ${code}/${subcode} ${field}`;
  if (!result.ok) return say(result.error);
  const { message } = result;
  if (message.type !== 'update') return message.type;
  return [...message.errors.map(say), Object.keys(message.attributes).length > 0 ? 'attributes' : 'none'].join(', ');
}

/** Keeps the length of the header right for 7 of 8 inputs, told by their last byte: else few would come past it. */
function repairLength(input: Uint8Array): void {
  if (input.length < headerLength || (input.at(-1) as number) % 8 === 0) return;
  input.set([input.length >> 8, input.length & 0xff], 16);
}

export const bgpMessage: FuzzTarget = {
  name: 'bgp-message',
  summary: 'BGP messages, decoded, shown, encoded again',
  samples: () =>
    goodMessages().map(({ raw, context, label }) => ({
      bytes: raw,
      label,
      check: (input) => checkMessage(input, context),
      kind: (input) => kindOf(input, context),
    })),
  repair: repairLength,
};

/** Pushes `input` in pieces: whatever comes, the framer keeps less than a message and hands out whole ones. */
function checkStream(input: Uint8Array, context: CodecContext): string | undefined {
  const framer = new MessageFramer();
  framer.negotiated(context);
  const random = seededRandom(input.length);
  let [handed, at] = [0, 0];
  while (at < input.length) {
    const piece = input.subarray(at, at + 1 + random.below(200));
    at += piece.length;
    const { messages, error } = framer.push(piece);
    for (const message of messages) {
      handed += message.length;
      const fault = checkMessage(message, context);
      if (fault !== undefined) return fault;
    }
    if (framer.pendingBytes >= longestMessage(context)) return `${framer.pendingBytes} bytes are kept`;
    if (error !== undefined) return errorFault(error, headerLength);
  }
  return handed + framer.pendingBytes === at ? undefined : `${at} bytes in, ${handed} out, ${framer.pendingBytes} kept`;
}

export const bgpStream: FuzzTarget = {
  name: 'bgp-stream',
  summary: 'a TCP stream of BGP messages in pieces',
  samples(): readonly FuzzSample[] {
    const messages = goodMessages().filter(({ raw }) => raw.length < 200);
    return messages.map(({ raw, context }, index) => {
      const next = messages[(index + 1) % messages.length]?.raw ?? raw;
      return { bytes: Uint8Array.of(...raw, ...next), check: (input) => checkStream(input, context) };
    });
  },
};
