/** Everything decodable that is fuzzed. A new decoder is a file with its target, and a line here. */
import { bgpMessage, bgpStream } from './bgp.ts';
import type { FuzzTarget } from './target.ts';

export const fuzzTargets: readonly FuzzTarget[] = [bgpMessage, bgpStream];
