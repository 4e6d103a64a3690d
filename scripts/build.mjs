/** `npm run build`: src to dist. */
import { build, install, requireNode } from './support/project.mjs';

requireNode();
await install();
await build();
