/**
 * A set of VRPs of both families. Who only looks up gets a `VrpSet`; who builds one has a `VrpSetBuilder` until it is handed out.
 */
import type { Family } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { OriginState } from '../../ip/route-validation.ts';
import type { Vrp } from '../pdu/types.ts';
import { VrpTable } from './vrp-table.ts';

export interface VrpSet {
  readonly size: number;
  /** What it takes in memory. */
  readonly bytes: number;
  has(vrp: Vrp): boolean;
  /** The VRPs whose prefixes hold all of `prefix`, shortest first. */
  covering(prefix: Prefix): readonly Vrp[];
  /** RFC 6811 §2; `originAsn` is `undefined` where a path has no one origin. */
  originState(prefix: Prefix, originAsn: number | undefined): OriginState;
  entries(): Generator<Vrp>;
  /** A copy to change; this set stays as it is. */
  edit(): VrpSetBuilder;
}

const states: readonly OriginState[] = ['not-found', 'invalid', 'valid'];

export class VrpSetBuilder implements VrpSet {
  readonly #tables: Readonly<Record<Family, VrpTable>>;

  constructor(tables: Readonly<Record<Family, VrpTable>> = { 4: new VrpTable(4), 6: new VrpTable(6) }) {
    this.#tables = tables;
  }

  get size(): number {
    return this.#tables[4].size + this.#tables[6].size;
  }

  get bytes(): number {
    return this.#tables[4].bytes + this.#tables[6].bytes;
  }

  has(vrp: Vrp): boolean {
    return this.#tables[vrp.prefix.family].has(vrp);
  }

  /** Whether it was not there before. */
  add(vrp: Vrp): boolean {
    return this.#tables[vrp.prefix.family].add(vrp);
  }

  /** Whether it was there. */
  delete(vrp: Vrp): boolean {
    return this.#tables[vrp.prefix.family].delete(vrp);
  }

  covering(prefix: Prefix): readonly Vrp[] {
    const table = this.#tables[prefix.family];
    const found: Vrp[] = [];
    table.someCovering(prefix, (row) => {
      found.push(table.at(row));
      return false;
    });
    return found;
  }

  originState(prefix: Prefix, originAsn: number | undefined): OriginState {
    return states[this.#tables[prefix.family].verdict(prefix, originAsn)] as OriginState;
  }

  *entries(): Generator<Vrp> {
    for (const table of [this.#tables[4], this.#tables[6]])
      for (let row = 0; row < table.size; row++) yield table.at(row);
  }

  edit(): VrpSetBuilder {
    return new VrpSetBuilder({ 4: this.#tables[4].copy(), 6: this.#tables[6].copy() });
  }
}
