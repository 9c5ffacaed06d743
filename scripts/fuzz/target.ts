/** What a decoder brings to be fuzzed: good inputs, and a check that says what is wrong with its answer to a changed one. */

export interface FuzzSample {
  readonly bytes: Uint8Array;
  /** Hands `input` to the decoder; answers what is wrong, or nothing. To throw is wrong, too. */
  check(input: Uint8Array): string | undefined;
  /** Under what conditions `check` decodes, where that differs among a target's samples: the corpus names them by it. */
  readonly label?: string;
  /** Names the way that the decoder takes through `input`, in few words: the corpus keeps the shortest input of each. */
  kind?(input: Uint8Array): string;
}

export interface FuzzTarget {
  readonly name: string;
  readonly summary: string;
  /** The same ones at every call, so that a seed stands for one input as long as they and the corpus stay. */
  samples(): readonly FuzzSample[];
  /** Puts right what a mutation broke and every input would otherwise fail at first, such as a length of the whole. */
  repair?(input: Uint8Array): void;
}
