import { containerListContract, containerStopContract } from './container-list.js';
import { engineFactsContract } from './engine-facts.js';
import { imageBuildContract, imageStoreContract } from './images.js';
import { realEngine } from './real-engine.js';

const NAME = 'the real engine';

containerListContract(NAME, realEngine);
containerStopContract(NAME, realEngine);
imageStoreContract(NAME, realEngine);
imageBuildContract(NAME, realEngine);
engineFactsContract(NAME, realEngine);
