/**
 * Work that concerns every route of a table, a part at a time: import run anew on all that a peer has sent, and a peer looked at
 * anew for all that it may be told.
 *
 * Why in parts: with full tables each takes seconds, in which no keepalive would be answered, no check run and nothing withdrawn. Between two
 * parts everything else happens: what comes in is judged by the new rules at once, and what a part finds gone it passes over.
 * Why numbers and no list of routes: a sweep goes up through the numbers of prefixes from wherever it stands. Begun again under
 * way, it goes on from there and around, so that changes that keep coming never starve the end of a table.
 */
import type { IdRange } from '../rib/column.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { Peer } from './peer.ts';
import { importAgain } from './received.ts';

export type SweepKind = 'import' | 'export';

interface Sweep {
  readonly kind: SweepKind;
  readonly peer: Peer;
  /** The number from which it goes on. */
  next: number;
  /** Where it ends: up to here it has been, since it was last begun. */
  end: number;
  /** Whether it has still to go around before it comes to `end`. */
  around: boolean;
}

/** Some milliseconds' worth of routes. */
const routesOfPart = 4096;

export class Sweeps {
  readonly #locRib: LocRib;
  readonly #routesOfPart: number;
  /** Whose turn it is stands first. */
  readonly #sweeps = new Map<string, Sweep>();
  #due = false;
  #asked = false;

  constructor(locRib: LocRib, most: number = routesOfPart) {
    this.#locRib = locRib;
    this.#routesOfPart = most;
  }

  /** Has all routes of this kind looked at once more; the first part comes with the next `run`. */
  begin(kind: SweepKind, peer: Peer): void {
    this.#due = true;
    const running = this.#sweeps.get(nameOf(kind, peer));
    if (running === undefined) {
      const end = Number.POSITIVE_INFINITY;
      this.#sweeps.set(nameOf(kind, peer), { kind, peer, next: 0, end, around: false });
      return;
    }
    running.end = running.next;
    running.around = true;
  }

  /** Our turn: what was begun goes on with the next `run`. */
  goOn(): void {
    this.#asked = false;
    this.#due = true;
  }

  isUnderWay(kind: SweepKind, peer: Peer): boolean {
    return this.#sweeps.has(nameOf(kind, peer));
  }

  /** For a peer that is gone; of an export, for a session that is over. */
  forget(peer: Peer, ...kinds: readonly SweepKind[]): void {
    for (const kind of kinds) this.#sweeps.delete(nameOf(kind, peer));
  }

  /** Whether to ask for a turn now: something is left, and nobody has asked yet. */
  asks(): boolean {
    if (this.#asked || this.#sweeps.size === 0) return false;
    this.#asked = true;
    return true;
  }

  /** One part, where one is due; returns what came to its end. */
  run(): readonly { readonly kind: SweepKind; readonly peer: Peer }[] {
    if (!this.#due) return [];
    this.#due = false;
    const ended: Sweep[] = [];
    let room = this.#routesOfPart;
    for (const [name, sweep] of [...this.#sweeps]) {
      const looked = this.#part(sweep, room);
      this.#sweeps.delete(name);
      if (looked === 'all of part') {
        this.#sweeps.set(name, sweep); // behind the others
        break;
      }
      room -= looked;
      ended.push(sweep);
    }
    return ended;
  }

  /** Looks at as many routes; where fewer are left, returns how many they were. */
  #part(sweep: Sweep, most: number): number | 'all of part' {
    let looked = 0;
    for (;;) {
      const { next, around, end } = sweep;
      const ids = this.#ids(sweep, { from: next, below: around ? Number.POSITIVE_INFINITY : end, most: most - looked });
      this.#look(sweep, ids);
      looked += ids.length;
      if (looked === most) {
        sweep.next = (ids.at(-1) ?? next - 1) + 1;
        return 'all of part';
      }
      if (!around) return looked;
      sweep.around = false;
      sweep.next = 0;
    }
  }

  #ids({ kind, peer }: Sweep, range: IdRange): readonly number[] {
    return kind === 'import' ? peer.adjRibIn.idsIn(range) : this.#locRib.idsIn(range);
  }

  #look({ kind, peer }: Sweep, ids: readonly number[]): void {
    if (kind === 'import') importAgain(peer, this.#locRib, ids);
    else peer.established?.adjRibOut.touch(ids);
  }
}

function nameOf(kind: SweepKind, peer: Peer): string {
  return `${kind} ${peer.config.id}`;
}
