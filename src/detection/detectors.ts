import type { Language } from '../core/build-plan.js';
import { detectDotnet } from './compiled/detect-dotnet.js';
import { detectGo } from './compiled/detect-go.js';
import { detectJava } from './compiled/detect-java.js';
import { detectRust } from './compiled/detect-rust.js';
import { detectNode } from './node/detect-node.js';
import { detectPython } from './python/detect-python.js';
import type { DetectLanguage } from './source-tree.js';

/** The detector of each language. */
export const DETECTORS: Readonly<Record<Language, DetectLanguage>> = {
  node: detectNode,
  python: detectPython,
  go: detectGo,
  rust: detectRust,
  java: detectJava,
  dotnet: detectDotnet,
};
