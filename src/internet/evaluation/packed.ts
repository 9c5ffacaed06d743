/** Configurations as arrays, so that they travel to threads in one piece: members of the i-th from `starts[i]` on. */
import type { Configuration } from './types.ts';

export interface PackedConfigurations {
  readonly starts: Uint32Array;
  readonly members: Uint16Array;
}

export function packed(configurations: readonly Configuration[]): PackedConfigurations {
  const starts = new Uint32Array(configurations.length + 1);
  for (const [index, one] of configurations.entries()) starts[index + 1] = (starts[index] as number) + one.length;
  const members = new Uint16Array(starts[configurations.length] as number);
  for (const [index, one] of configurations.entries()) members.set(one, starts[index]);
  return { starts, members };
}

/** Some of them, without a copy. */
export function slice({ starts, members }: PackedConfigurations, first: number, last: number): PackedConfigurations {
  return { starts: starts.subarray(first, last + 1), members };
}

export function countOf({ starts }: PackedConfigurations): number {
  return starts.length - 1;
}

export function memberList({ starts, members }: PackedConfigurations, index: number): Uint16Array {
  return members.subarray(starts[index], starts[index + 1]);
}
