import { FakeEngine } from '../support/fake-engine/fake-engine.js';
import { containerListContract, containerStopContract } from './container-list.js';
import { containerOpenContract } from './container-open.js';
import {
  containerCreationContract,
  containerEndContract,
  containerInputContract,
  containerRunContract,
} from './container-run.js';
import { engineFactsContract } from './engine-facts.js';
import { imageBuildContract, imageStoreContract } from './images.js';

const NAME = 'the fake engine';

containerCreationContract(NAME, () => FakeEngine.start());
containerRunContract(NAME, () => FakeEngine.start());
containerInputContract(NAME, () => FakeEngine.start());
containerEndContract(NAME, () => FakeEngine.start());
containerOpenContract(NAME, () => FakeEngine.start());
containerListContract(NAME, () => FakeEngine.start());
containerStopContract(NAME, () => FakeEngine.start());
imageStoreContract(NAME, () => FakeEngine.start());
imageBuildContract(NAME, () => FakeEngine.start());
engineFactsContract(NAME, () => FakeEngine.start());
