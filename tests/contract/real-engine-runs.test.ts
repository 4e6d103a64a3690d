import { containerOpenContract } from './container-open.js';
import {
  containerEndContract,
  containerInputContract,
  containerRunContract,
} from './container-run.js';
import { realEngine } from './real-engine.js';

const NAME = 'the real engine';

containerRunContract(NAME, realEngine);
containerInputContract(NAME, realEngine);
containerEndContract(NAME, realEngine);
containerOpenContract(NAME, realEngine);
