import { testRestarts } from '../support/engine-restarts.js';

testRestarts('while containers wait and', {
  containers: 4,
  memoryBytes: 2 ** 30,
  idleMs: 60_000,
  always: true,
});
