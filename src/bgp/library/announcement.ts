/**
 * What a user of the library says of an own route, checked before the speaker knows of it.
 *
 * Why here: the codec takes wrong numbers for a bug of ours, and throws in the middle of telling peers.
 */
import { fail } from '../../base/problem.ts';
import type { OriginCode, PathAttributes } from '../message/types.ts';
import { toCommunities } from './text.ts';

/** What an own route says beyond its prefix. AS path and next hop are added for each peer; prepending is a policy's. */
export interface Announcement extends Pick<PathAttributes, 'originCode' | 'multiExitDiscriminator'> {
  /** Of every kind: `64500:1`, `no-export`, `64500:1:2`, `rt:64500:1`. */
  readonly communities?: readonly string[];
}

const words = ['communities', 'multiExitDiscriminator', 'originCode'];
const originCodes: readonly OriginCode[] = ['igp', 'egp', 'incomplete'];
const maximumMed = 0xffff_ffff;

/** Problem codes: `bgp.announcement`, `policy.community`. */
export function announcedAttributes(announcement: Announcement, where: string): PathAttributes {
  const unknown = Object.keys(announcement).find((key) => !words.includes(key));
  if (unknown !== undefined) refuse(`an announcement has no "${unknown}"`, `its words are ${words.join(', ')}`, where);
  const { communities = [], originCode, multiExitDiscriminator: med } = announcement;
  if (originCode !== undefined && !originCodes.includes(originCode)) {
    refuse(`${JSON.stringify(originCode)} is no origin code`, `write ${originCodes.join(', ')}`, where);
  }
  if (med !== undefined && !(Number.isInteger(med) && med >= 0 && med <= maximumMed)) {
    refuse(`the MULTI_EXIT_DISC is ${med}`, `use a whole number from 0 to ${maximumMed}`, where);
  }
  return {
    ...(originCode !== undefined && { originCode }),
    ...(med !== undefined && { multiExitDiscriminator: med }),
    ...toCommunities(communities, where),
  };
}

function refuse(what: string, fix: string, where: string): never {
  fail({ code: 'bgp.announcement', what, where, fix });
}
