/**
 * An update on its way in: what a cache has sent since its Cache Response, not yet in use.
 *
 * Why: a router must never work with half an update (RFC 8210 §5.5, §5.8). A full answer fills a new set; an incremental one
 * changes a copy, made when the first change comes, since most answers hold none. Until `finish` the data in use stays as it is.
 */
import { unreachable } from '../../base/assert.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import { encodePdu } from '../pdu/codec.ts';
import { rtrFault } from '../pdu/header.ts';
import { type PayloadPdu, type RtrFault, type RtrVersion, rtrError, type Vrp } from '../pdu/types.ts';
import type { AspaSetBuilder } from './aspa-set.ts';
import { emptyRpkiData, type RpkiData } from './rpki-data.ts';
import type { VrpSetBuilder } from './vrp-set.ts';

/** Ten times what there is. What a cache sends beyond is no RPKI, and would take memory without end. */
export const maximumRecords = 8_000_000;

export class Staging {
  readonly #base: RpkiData;
  #vrps: VrpSetBuilder | undefined;
  #aspas: AspaSetBuilder | undefined;
  readonly #limit: number;

  /** A full answer starts from nothing, an incremental one from `base`. */
  constructor(base: RpkiData = emptyRpkiData(), limit = maximumRecords) {
    this.#base = base;
    this.#limit = limit;
  }

  /** Takes one payload PDU; answers what is wrong with it, given what came before. After that the update cannot be used. */
  apply(version: RtrVersion, pdu: PayloadPdu): RtrFault | undefined {
    if (pdu.announce && (this.#vrps?.size ?? 0) + (this.#aspas?.size ?? 0) >= this.#limit) {
      return refused(version, pdu, rtrError.internalError, `more than ${this.#limit} records`);
    }
    switch (pdu.type) {
      case 'prefix': {
        this.#vrps ??= this.#base.vrps.edit();
        if (pdu.announce) return this.#vrps.add(pdu.vrp) ? undefined : duplicate(version, pdu, describeVrp(pdu.vrp));
        return this.#vrps.delete(pdu.vrp) ? undefined : unknownRecord(version, pdu, describeVrp(pdu.vrp));
      }
      case 'aspa':
        this.#aspas ??= this.#base.aspas.edit();
        if (pdu.announce) this.#aspas.set(pdu.customer, pdu.providers);
        else if (!this.#aspas.delete(pdu.customer)) return unknownRecord(version, pdu, `the ASPA of AS${pdu.customer}`);
        return undefined;
      case 'router-key':
        return undefined;
      default:
        return unreachable(pdu);
    }
  }

  /** The whole, to be used from now on; the same value as the base where nothing changed. */
  finish(): RpkiData {
    if (this.#vrps === undefined && this.#aspas === undefined) return this.#base;
    return { vrps: this.#vrps ?? this.#base.vrps, aspas: this.#aspas ?? this.#base.aspas };
  }
}

function describeVrp({ prefix, maxLength, asn }: Vrp): string {
  return `${formatPrefix(prefix)}-${maxLength} AS${asn}`;
}

/** RFC 8210 §5.6: "the router SHOULD raise a Duplicate Announcement Received error". */
function duplicate(version: RtrVersion, pdu: PayloadPdu, what: string): RtrFault {
  return refused(version, pdu, rtrError.duplicateAnnouncement, `${what} was announced twice`);
}

/** RFC 8210 §5.6: "the router SHOULD raise a Withdrawal of Unknown Record error". */
function unknownRecord(version: RtrVersion, pdu: PayloadPdu, what: string): RtrFault {
  return refused(version, pdu, rtrError.withdrawalOfUnknownRecord, `${what} was withdrawn, and we do not have it`);
}

function refused(version: RtrVersion, pdu: PayloadPdu, code: number, what: string): RtrFault {
  return rtrFault(encodePdu(version, pdu), { code, what, offset: 8, field: pdu.type, rfc: 'RFC 8210 §5.6' });
}
