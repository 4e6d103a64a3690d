/**
 * A process whose wall clock is moved while it works. For each line on its standard input, a label
 * for its containers, it reads the clock, writes `began`, connects anew, starts a program that ends
 * by itself and one that has to be ended, and writes what it heard of the two as a line of JSON.
 * Times are of the monotonic clock, which is left alone.
 */
import { createInterface } from 'node:readline';
import { createDockerExecutor } from 'slipway';

const BUSYBOX = 'busybox:1.36';
const PROGRAMS = [
  { command: ['sh', '-c', 'echo begun; sleep 1; echo done; exit 7'], timeoutMs: 30_000 },
  { command: ['sh', '-c', 'echo begun; sleep 60'], timeoutMs: 1500 },
];

/** @type {import('slipway').DockerExecutor | undefined} */
let executor;
for await (const mark of createInterface({ input: process.stdin })) {
  await executor?.close();
  const before = Date.now() - performance.now();
  process.stdout.write('began\n');
  const own = createDockerExecutor();
  executor = own;
  const labels = { 'slipway.test': mark };
  const results = await Promise.all(
    PROGRAMS.map((program) => own.executeContainer({ image: BUSYBOX, labels, ...program })),
  );
  const heard = results.map(({ status, exitCode, stdout, cleanup, timings }) => {
    return { status, exitCode, stdout, cleanup, timings };
  });
  const movedMs = Math.round(Date.now() - performance.now() - before);
  process.stdout.write(`${JSON.stringify({ heard, movedMs })}\n`);
}
await executor?.close();
