export type FrameKind = 'stdin' | 'stdout' | 'stderr' | 'systemerr';

const TYPES: Readonly<Record<FrameKind, number>> = { stdin: 0, stdout: 1, stderr: 2, systemerr: 3 };

/** One frame of the engine's multiplexed stream: type, three zeros, length, payload. */
export function frame(kind: FrameKind, payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt8(TYPES[kind], 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}
