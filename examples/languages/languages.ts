/** The same task in several languages, all at once: read numbers, print their sum. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const programs = {
  python: {
    image: 'python:3.13-slim',
    command: ['python3', '-c', 'import sys; print(sum(map(int, sys.stdin)))'],
  },
  node: {
    image: 'node:24-slim',
    command: [
      'node',
      '-p',
      'require("node:fs").readFileSync(0, "utf8").trim().split("\\n").reduce((a, b) => a + +b, 0)',
    ],
  },
  bash: {
    image: 'debian:bookworm-slim',
    command: ['bash', '-c', 'while read -r n; do (( sum += n )); done; echo "$sum"'],
  },
  sh: {
    image: 'busybox:1.36',
    command: 'sum=0; while read -r n; do sum=$((sum + n)); done; echo "$sum"',
  },
  perl: {
    image: 'debian:bookworm-slim',
    command: ['perl', '-lne', '$sum += $_; END { print $sum }'],
  },
  awk: {
    image: 'busybox:1.36',
    command: ['awk', '{ sum += $1 } END { print sum }'],
  },
};

await using slipway = createDockerExecutor();
const sums = await Promise.all(
  Object.entries(programs).map(async ([language, program]) => {
    const { stdout } = await slipway.executeContainer({ ...program, stdin: '19\n20\n3\n' });
    return [language, stdout.trim()] as const;
  }),
);
for (const [language, sum] of sums) console.log(`${language}: ${sum}`);

assert.deepEqual(
  sums.map(([, sum]) => sum),
  sums.map(() => '42'),
);
