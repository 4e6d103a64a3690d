import { testRestarts } from '../support/engine-restarts.js';

testRestarts('when');
