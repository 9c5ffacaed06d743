/** What a decoder brings to be fuzzed: good inputs, and a check that says what is wrong with its answer to a changed one. */

export interface FuzzSample {
  readonly bytes: Uint8Array;
  /** Hands `input` to the decoder; answers what is wrong, or nothing. To throw is wrong, too. */
  check(input: Uint8Array): string | undefined;
}

export interface FuzzTarget {
  readonly name: string;
  readonly summary: string;
  /** The same ones at every call, so that a seed stands for one input for ever. */
  samples(): readonly FuzzSample[];
  /** Puts right what a mutation broke and every input would otherwise fail at first, such as a length of the whole. */
  repair?(input: Uint8Array): void;
}
