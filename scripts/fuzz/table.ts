/** Everything decodable that is fuzzed. A new decoder is a file with its target, and a line here. */
import { bfdPacket } from './bfd.ts';
import { bgpMessage, bgpStream } from './bgp.ts';
import { bmpMessage, bmpStream } from './bmp.ts';
import { mrtFile } from './mrt.ts';
import { rtrPdu, rtrStream } from './rtr.ts';
import type { FuzzTarget } from './target.ts';

export const fuzzTargets: readonly FuzzTarget[] = [
  bgpMessage,
  bgpStream,
  bmpMessage,
  bmpStream,
  bfdPacket,
  rtrPdu,
  rtrStream,
  mrtFile,
];
