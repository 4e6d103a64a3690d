/** Data of this process, and then a program, put into the container as a file. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

await using slipway = createDockerExecutor();

// An object arrives as JSON; the program finds the file in PAYLOAD_PATH.
const order = { customer: 'Zoë', items: [{ price: 1250 }, { price: 399 }] };
const total = await slipway.executeWithPayload({
  image: 'python:3.13-slim',
  payload: order,
  command: [
    'python3',
    '-c',
    `
import json, os

with open(os.environ["PAYLOAD_PATH"], encoding="utf-8") as file:
    order = json.load(file)
print(order["customer"], sum(item["price"] for item in order["items"]))
`,
  ],
});
console.log(total.stdout);

// Text arrives as it is. With #! in its first line it can be run.
const program = await slipway.executeWithPayload({
  image: 'node:24-slim',
  payload: `#!/usr/bin/env node
console.log(process.argv.slice(2).map(Number).reduce((a, b) => a + b));
`,
  payloadPath: '/job/add.mjs',
  command: ['/job/add.mjs', '2', '3'],
});
console.log(program.stdout);

assert.equal(total.stdout, 'Zoë 1649\n');
assert.equal(program.stdout, '5\n');
