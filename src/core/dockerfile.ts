/** Dockerfiles as instructions, read the way BuildKit reads them. */

export interface Instruction {
  /** In capitals: `RUN`. */
  readonly keyword: string;
  /** `--mount=type=cache,target=/x`, as written. */
  readonly flags: readonly string[];
  /** What follows the flags, with its continued lines as written, without heredoc bodies. */
  readonly rest: string;
  readonly heredocs: readonly string[];
  /** From 1; both included. */
  readonly firstLine: number;
  readonly lastLine: number;
}
