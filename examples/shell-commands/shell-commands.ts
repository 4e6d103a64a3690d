/** A command as one string, as a shell script of several lines, and as an exact list of arguments. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const image = 'busybox:1.36';
await using slipway = createDockerExecutor();

// Shell syntax in a string: it runs under /bin/sh.
const pipe = await slipway.executeContainer({
  image,
  command: "printf 'pear\\napple\\nfig\\n' | sort | head -n 1",
});
console.log(pipe.stdout);

// Several lines: one script. Its exit code is the exit code of the run.
const script = await slipway.executeContainer({
  image,
  command: `
    set -e
    for n in 1 2 3; do echo "line $n"; done
    echo "no more lines" >&2
    exit 3
  `,
});
console.log(script.stdout, script.stderr, script.exitCode);

// An array: no shell, so whatever a stranger typed stays one argument.
const typed = '$(reboot); echo "gotcha"';
const exact = await slipway.executeContainer({ image, command: ['echo', typed] });
console.log(exact.stdout);

assert.equal(pipe.stdout, 'apple\n');
assert.equal(script.stdout, 'line 1\nline 2\nline 3\n');
assert.equal(script.stderr, 'no more lines\n');
assert.equal(script.exitCode, 3);
assert.equal(exact.stdout, `${typed}\n`);
