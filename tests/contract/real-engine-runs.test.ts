import { containerOpenContract } from './container-open.js';
import {
  containerCreationContract,
  containerEndContract,
  containerInputContract,
  containerRunContract,
} from './container-run.js';
import { realEngine } from './real-engine.js';

const NAME = 'the real engine';

containerCreationContract(NAME, realEngine);
containerRunContract(NAME, realEngine);
containerInputContract(NAME, realEngine);
containerEndContract(NAME, realEngine);
containerOpenContract(NAME, realEngine);
