import type { Detectors } from '../../src/build/detect-folder.js';
import type { DetectLanguage } from '../../src/detection/source-tree.js';

/** The same detector in place of each language's. */
export function createDetectors(detect: DetectLanguage): Detectors {
  return {
    node: detect,
    python: detect,
    go: detect,
    rust: detect,
    java: detect,
    dotnet: detect,
  };
}
