import { READY } from '../../../src/engine/parked/boot.js';
import type { FakeEngine } from './fake-engine.js';

/** A shell that says that it waits, and then reads until its input ends. */
const WAITS = `printf '${READY}'; cat`;

/** Gives a fake engine an image whose shell does what the script says, whatever it is told. */
export function addShellImage(fake: FakeEngine, tag: string, script = WAITS): string {
  const content = Buffer.from(`#!/bin/busybox sh\n${script}`);
  const files = new Map([['/bin/sh', { content, mode: 0o755 }]]);
  return fake.images.add({ entrypoint: [], command: ['sh'], labels: {}, files }, tag).id;
}
