import { Writable } from 'node:stream';

/** Standard output while it carries the protocol. */
export interface ProtocolOutput extends Disposable {
  /** The only way to it. */
  readonly stream: Writable;
}

/**
 * Takes standard output for the protocol alone: what anything else in this process writes there, a
 * dependency for example, goes to standard error. Given back when it is disposed of.
 */
export function claimStandardOutput({ stdout, stderr }: NodeJS.Process): ProtocolOutput {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => void write(chunk, done),
  });
  return {
    stream,
    [Symbol.dispose]: () => {
      stdout.write = write;
    },
  };
}
