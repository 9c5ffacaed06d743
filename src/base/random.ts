/** Randomness as an argument: a seed reproduces a run; production seeds from the system. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
}

/** Mulberry32 (Tommy Ettinger's public-domain generator): small, fast, good enough for jitter and tests, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
  return { next, below: (below) => Math.floor(next() * below) };
}

export function systemRandom(): Random {
  return seededRandom(crypto.getRandomValues(new Uint32Array(1))[0] as number);
}
