/**
 * What was measured, as arrays: for each experiment (two sites announce) and each AS, which of the two it landed at.
 *
 * Why dense columns: a prediction for one experiment reads the columns of the others and never its own, so leaving one out
 * is leaving out a column, and nothing can leak through a shared table.
 */
export interface Experiment {
  readonly name: string;
  /** Sites by number. */
  readonly first: number;
  readonly second: number;
}

export interface Evidence {
  readonly sites: readonly string[];
  /** Sorted; an AS's place is its row in every column. */
  readonly asns: Uint32Array;
  readonly experiments: readonly Experiment[];
  /** One column an experiment: 1 the first site, -1 the second, 0 not measured. */
  readonly outcomes: readonly Int8Array[];
}

/** Takes rows in any order. */
export class EvidenceBuilder {
  rows = 0;
  readonly #experiments = new Map<string, { sites: readonly [string, string]; won: Map<number, number> }>();

  /** False where the AS is in that experiment already. */
  add({ sites, asn, site }: { sites: readonly [string, string]; asn: number; site: string }): boolean {
    const name = sites.join('+');
    let experiment = this.#experiments.get(name);
    if (experiment === undefined) {
      experiment = { sites, won: new Map() };
      this.#experiments.set(name, experiment);
    }
    if (experiment.won.has(asn)) return false;
    experiment.won.set(asn, site === sites[0] ? 1 : -1);
    this.rows++;
    return true;
  }

  build(): Evidence {
    const experiments = [...this.#experiments.values()].sort((a, b) =>
      a.sites.join('+') < b.sites.join('+') ? -1 : 1,
    );
    const sites = [...new Set(experiments.flatMap(({ sites }) => sites))].sort();
    const asns = Uint32Array.from(new Set(experiments.flatMap(({ won }) => [...won.keys()]))).sort();
    const rowOf = new Map<number, number>();
    for (const [row, asn] of asns.entries()) rowOf.set(asn, row);
    return {
      sites,
      asns,
      experiments: experiments.map(({ sites: [a, b] }) => ({
        name: `${a}+${b}`,
        first: sites.indexOf(a),
        second: sites.indexOf(b),
      })),
      outcomes: experiments.map(({ won }) => {
        const column = new Int8Array(asns.length);
        for (const [asn, outcome] of won) column[rowOf.get(asn) as number] = outcome;
        return column;
      }),
    };
  }
}

/** How many ASes an experiment measured, and the share of them that landed at its first site (0.5 where none). */
export function sharesOf(column: Int8Array): { readonly ases: number; readonly first: number } {
  let ases = 0;
  let first = 0;
  for (const outcome of column) {
    if (outcome !== 0) ases++;
    if (outcome > 0) first++;
  }
  return { ases, first: ases === 0 ? 0.5 : first / ases };
}

/** The rows that an experiment measured. */
export function measuredRows(column: Int8Array): Uint32Array {
  return Uint32Array.from(column.keys()).filter((row) => column[row] !== 0);
}

/** No site that draws less than this in every experiment can be told from one that does not announce at all. */
const silentShare = 0.01;

/**
 * Sites that attracted next to nobody in any of the experiments left, and were in two of them at least: their route does
 * not get out. What is measured against them tells who can reach the other site, and nothing about preference.
 */
export function silentSites(evidence: Evidence, without: ReadonlySet<number>): ReadonlySet<number> {
  const most = new Map<number, number>();
  const count = new Map<number, number>();
  for (const [index, { first, second }] of evidence.experiments.entries()) {
    if (without.has(index)) continue;
    const shares = sharesOf(evidence.outcomes[index] as Int8Array);
    if (shares.ases === 0) continue;
    for (const [site, share] of [
      [first, shares.first],
      [second, 1 - shares.first],
    ] as const) {
      most.set(site, Math.max(most.get(site) ?? 0, share));
      count.set(site, (count.get(site) ?? 0) + 1);
    }
  }
  return new Set(
    [...most].filter(([site, share]) => share < silentShare && (count.get(site) ?? 0) >= 2).map(([site]) => site),
  );
}
