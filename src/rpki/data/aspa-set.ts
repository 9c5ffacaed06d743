/**
 * Who names whom as provider: the validated ASPA payloads, one for each customer AS (draft-ietf-sidrops-aspa-verification).
 */

/** draft-ietf-sidrops-aspa-verification, "hop-check function". */
export type HopCheck = 'provider' | 'not-provider' | 'no-attestation';

export interface AspaSet {
  readonly size: number;
  hop(customer: number, provider: number): HopCheck;
  /** Ascending; `undefined` where the customer has no ASPA. */
  providersOf(customer: number): readonly number[] | undefined;
  entries(): Generator<{ readonly customer: number; readonly providers: readonly number[] }>;
  /** A copy to change; this set stays as it is. */
  edit(): AspaSetBuilder;
}

export class AspaSetBuilder implements AspaSet {
  readonly #providers: Map<number, readonly number[]>;

  constructor(providers: ReadonlyMap<number, readonly number[]> = new Map()) {
    this.#providers = new Map(providers);
  }

  get size(): number {
    return this.#providers.size;
  }

  hop(customer: number, provider: number): HopCheck {
    const providers = this.#providers.get(customer);
    if (providers === undefined) return 'no-attestation';
    return provider !== 0 && providers.includes(provider) ? 'provider' : 'not-provider';
  }

  providersOf(customer: number): readonly number[] | undefined {
    return this.#providers.get(customer);
  }

  *entries(): Generator<{ customer: number; providers: readonly number[] }> {
    for (const [customer, providers] of this.#providers) yield { customer, providers };
  }

  /** Replaces what the customer had (draft-ietf-sidrops-8210bis §5.12). */
  set(customer: number, providers: readonly number[]): void {
    this.#providers.set(customer, providers);
  }

  /** Whether it was there. */
  delete(customer: number): boolean {
    return this.#providers.delete(customer);
  }

  edit(): AspaSetBuilder {
    return new AspaSetBuilder(this.#providers);
  }
}
