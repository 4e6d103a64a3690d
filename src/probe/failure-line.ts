/** Which line of a program's output says why it failed. */
import { oneLine } from './tool-list.js';

const MAX_CHARACTERS = 300;

/** Failures that no input changes: something is missing in the image, or is no program. */
const DEFINITE: readonly RegExp[] = [
  /ModuleNotFoundError|\bImportError\b|cannot import name|No module named/,
  /Cannot find (?:module|package)|ERR_(?:MODULE_NOT_FOUND|UNSUPPORTED_DIR_IMPORT|PACKAGE_PATH_NOT_EXPORTED|UNKNOWN_FILE_EXTENSION|DLOPEN_FAILED)|does not provide an export named/,
  /\b(?:Syntax|Indentation)Error:/,
  // A library of another major version; of a None, it would be a missing setting.
  /AttributeError: (?!'NoneType').* has no attribute|TypeError: .*(?:is not a (?:function|constructor)|got an unexpected keyword argument)/,
  /exec format error|error while loading shared libraries|\bGLIBC_\d|command not found|: not found$|can't open file/i,
  /Could not find or load main class|Unable to access jarfile|no main manifest attribute|UnsupportedClassVersionError/,
];

/** The line of a failure that no input would change. */
export function definiteFailure(output: string): string | undefined {
  const line = meaningful(output).findLast((one) => DEFINITE.some((pattern) => pattern.test(one)));
  return line === undefined ? undefined : oneLine(line, MAX_CHARACTERS);
}

/** The line that tells most: the last one with an error in it, else the last one. */
export function telling(output: string): string | undefined {
  const lines = meaningful(output);
  const line = lines.findLast((one) => ERROR.test(one)) ?? lines.at(-1);
  return line === undefined ? undefined : oneLine(line, MAX_CHARACTERS);
}

const ERROR =
  /^(?:\w+\.)*\w*(?:Error|Exception|Exit)\b|\b(?:error|fatal|panic|failed|required|missing)\b/i;

/** Without frames of stacks, rulers, and what runtimes print below an error. */
function meaningful(output: string): readonly string[] {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line) && !NOISE.test(line));
}

const NOISE =
  /^(?:at\s|File "|Traceback|Node\.js v\d|node:internal|throw\s|raise\s|\^+$|\.\.\. \d+ (?:lines|more)|npm (?:notice|warn)|code: '|requireStack: |\[cause\]|Require stack|note: run with)/i;
