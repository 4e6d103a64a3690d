/** Who needs a thing, and until when. Whoever finds it later can tell whether it is left over. */
export interface Owner {
  /** The process that made it, as `newInstance` of `instance.ts` writes it. */
  readonly instance: string;
  /** Milliseconds since 1970, by this machine's clock, after which nobody needs it. */
  readonly deadline: number;
}
