/** Environment variables: what is given arrives as it is, and nothing else of this process does. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

process.env['SECRET_OF_THIS_PROCESS'] = 'stays here';

const environment = {
  GREETING: 'hello',
  // No shell reads the values: quotes, dollars and line breaks need no escaping.
  NOTE: 'it costs $5,\nsaid "the" shop',
};

const script = `
const { GREETING, NOTE, SECRET_OF_THIS_PROCESS = null } = process.env;
console.log(JSON.stringify([GREETING, NOTE, SECRET_OF_THIS_PROCESS]));
`;

await using slipway = createDockerExecutor();
const result = await slipway.executeContainer({
  image: 'node:24-slim',
  command: ['node', '-e', script],
  environment,
});
console.log(result.stdout);

assert.deepEqual(JSON.parse(result.stdout), [environment.GREETING, environment.NOTE, null]);
