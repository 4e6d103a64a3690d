import {
  containerEndContract,
  containerInputContract,
  containerRunContract,
} from './container-run.js';
import { realEngine } from './real-engine.js';
import { PARKED } from './scene.js';

const NAME = 'the real engine, in parked containers';

containerRunContract(NAME, realEngine, PARKED);
containerInputContract(NAME, realEngine, PARKED);
containerEndContract(NAME, realEngine, PARKED);
