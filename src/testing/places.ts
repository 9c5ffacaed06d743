/** Places for tests, by name. */
import assert from 'node:assert/strict';
import { findLocation, type Place } from '../network/locations.ts';

export function mustLocation(name: string): Place {
  const place = findLocation(name);
  assert(place !== undefined, `no place ${name}`);
  return place;
}
