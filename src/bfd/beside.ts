/**
 * BFD as the witness of another protocol's session (RFC 5882): one call makes what that session can be given.
 *
 * Why without a word of BGP: the rooms do not know one another. What comes out has the shape of `BfdLink`, which a BGP peer takes.
 * Where BFD cannot run, the other session goes on without it, strict or not, and `onProblem` hears why: a path that works must
 * not be lost to a check of it that does not.
 */
import { type Problem, problemsOf } from '../base/problem.ts';
import type { Bfd, BfdSessionConfig } from './types.ts';

export interface BesideOptions {
  /** Hold the other session back until BFD is up, and after it went down. Default: no. */
  readonly strict?: boolean;
  readonly onProblem?: (problem: Problem) => void;
}

export interface Witness {
  readonly strict: boolean;
  /** `changed` hears `unknown` where BFD was told to stop or cannot run. Returns what ends it. */
  start(changed: (reachability: 'up' | 'down' | 'unknown') => void): () => void;
}

/** The session starts and ends with the one that it is beside; `bfd` is for its owner to stop. */
export function bfdBeside(bfd: Bfd, config: BfdSessionConfig, options: BesideOptions = {}): Witness {
  const { strict = false, onProblem = () => {} } = options;
  return {
    strict,
    start(changed) {
      let ended = false;
      const unsubscribe = bfd.onChange((change) => {
        if (change.session !== config.id) return;
        // RFC 5882 §3.2: AdminDown is no word about the path.
        changed(change.type === 'up' ? 'up' : change.administrative ? 'unknown' : 'down');
      });
      bfd.addSession(config).catch((error: unknown) => {
        if (ended) return;
        for (const problem of problemsOf(error)) onProblem(problem);
        changed('unknown');
      });
      return () => {
        ended = true;
        unsubscribe();
        bfd.removeSession(config.id).catch(() => {}); // a process that is gone has no sessions
      };
    },
  };
}
