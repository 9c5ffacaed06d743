/**
 * RPKI for `nearcast bgp speak`: caches answer what policies ask, and each route that is shown has its state beside it.
 *
 * Which routes a policy takes is decided anew when the caches say something else; of a best route that stays, no line tells that its
 * state is another.
 */
import type { ValidationStatus } from '../../announcer/announcer.ts';
import { createValidation } from '../../announcer/validation.ts';
import { silentLogger } from '../../base/log.ts';
import type { AspaState, OriginState, Speaker, SpeakerOptions } from '../../bgp/mod.ts';
import { aspaStateOf, originStateOf } from '../../bgp/policy/conditions.ts';
import { originAsn } from '../../bgp/rib/as-path.ts';
import { localPeer } from '../../bgp/rib/decision.ts';
import type { Route } from '../../bgp/rib/types.ts';
import type { CacheAddress } from '../../rpki/client/address.ts';
import { validateOrigin } from '../../rpki/data/origin-validation.ts';
import type { SpeakDependencies } from './session.ts';

/** What RPKI says of a shown route; nothing where nobody is asked. */
export interface ShownValidation {
  readonly originValidation?: OriginState;
  /** By ASPA; absent while no cache has any. */
  readonly pathValidation?: AspaState;
}

export class Validator {
  readonly #localAsn: number;
  readonly #validation: ReturnType<typeof createValidation> | undefined;
  readonly #caches: readonly CacheAddress[];
  readonly #print: SpeakDependencies['print'];
  #speaker: Speaker | undefined;
  #told = '';

  constructor(localAsn: number, { clock, random, print, caches = [] }: SpeakDependencies) {
    this.#localAsn = localAsn;
    this.#caches = caches;
    this.#print = print;
    if (caches.length === 0) return;
    this.#validation = createValidation({
      ...{ clock, random, logger: silentLogger },
      onData: () => this.#speaker?.validationChanged(),
      onStatus: () => this.#tell(),
    });
  }

  /** What the speaker is to be made with; nothing where there is no cache. */
  get speakerOptions(): Pick<SpeakerOptions, 'validation'> {
    return this.#validation === undefined ? {} : { validation: this.#validation.hook };
  }

  start(speaker: Speaker): void {
    this.#speaker = speaker;
    this.#validation?.want({ caches: this.#caches.map(({ host, port }) => ({ host, port })), aspa: true });
  }

  stateOf(route: Route): ShownValidation {
    const validation = this.#validation;
    const data = validation?.data();
    if (validation === undefined || route.source.peer === localPeer) return {};
    const context = { localAsn: this.#localAsn, validation: validation.hook };
    return {
      originValidation: originStateOf(route, context),
      ...(data !== undefined && data.aspas.size > 0 && { pathValidation: aspaStateOf(route, context) }),
    };
  }

  /** Why its origin is what it is, for people. */
  reasonOf(route: Route): string | undefined {
    if (this.#validation === undefined) return undefined;
    const data = this.#validation.data();
    if (data === undefined) return 'no cache has given its data yet';
    return validateOrigin(data.vrps, route.prefix, originAsn(route.attributes.asPath ?? [])).reason;
  }

  /** Once for each thing that there is to say: a status changes with every step of a connection. */
  #tell(): void {
    const status = this.#validation?.status();
    if (status === undefined) return;
    const said = JSON.stringify([status.state, status.vrps, status.aspas, failures(status)]);
    if (said === this.#told) return;
    this.#told = said;
    const { state, vrps, aspas } = status;
    this.#print({ type: 'rpki', state, vrps, aspas, failures: failures(status) });
  }

  async stop(): Promise<void> {
    await this.#validation?.stop();
  }
}

function failures({ caches }: ValidationStatus): readonly { readonly cache: string; readonly what: string }[] {
  return caches.flatMap(({ cache, failure }) => (failure === undefined ? [] : [{ cache, what: failure }]));
}
