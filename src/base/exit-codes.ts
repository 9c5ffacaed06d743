/** The exit codes of every command; documented in `docs/operating.md`. */
export const exitCode = {
  ok: 0,
  /** Something failed that is no fault of the input. */
  failure: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The input (a network file, a configuration) has errors; they were printed. */
  invalidInput: 3,
  /** What was asked for was refused, and nothing was changed: it would break a rule of safety. */
  refused: 4,
  /** Control or an agent could not be reached. */
  unreachable: 5,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
