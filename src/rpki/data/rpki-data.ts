/** Everything validated that one source gave, as one value that never changes: what look-ups read until the next one is whole. */
import type { RouteValidation } from '../../ip/route-validation.ts';
import { type AspaSet, AspaSetBuilder } from './aspa-set.ts';
import { verifyPath } from './aspa-verification.ts';
import { type VrpSet, VrpSetBuilder } from './vrp-set.ts';

export interface RpkiData {
  readonly vrps: VrpSet;
  readonly aspas: AspaSet;
}

export function emptyRpkiData(): RpkiData {
  return { vrps: new VrpSetBuilder(), aspas: new AspaSetBuilder() };
}

/** What routing policy asks. Without data every route is not found and every path unknown: nothing is invalid for want of data. */
export function routeValidation(current: () => RpkiData | undefined): RouteValidation {
  return {
    originState: (prefix, originAsn) => current()?.vrps.originState(prefix, originAsn) ?? 'not-found',
    aspaState: (path, neighborAsn, direction) => {
      const data = current();
      return data === undefined ? 'unknown' : verifyPath(data.aspas, { path, neighborAsn, direction }).state;
    },
  };
}
