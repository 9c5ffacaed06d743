/**
 * `nearcast/bfd`: BFD for programs, by itself or beside the sessions of `nearcast/bgp`.
 *
 * This is the published door of the room and its only barrel; `docs/bfd.md` tells what BFD here keeps to, `docs/bgp-library.md`
 * how a BGP peer is given it.
 */
export { type BesideOptions, bfdBeside, type Witness } from './beside.ts';
export { type BfdOptions, createBfd } from './bfd.ts';
export type * from './types.ts';
