/** Thrown inside the bzip2 decoder, and answered as a text at its one entry (`decoder.ts`). */
export class Bzip2Fault extends Error {}
