import { type SlipwayError, isSlipwayError } from '../core/errors.js';
import { stripControl } from '../core/text.js';
import { imageAdvice } from './image-advice.js';

/** Some clients cut the text of an error near 11,000 characters; the next step is at the end. */
const TEXT_CHARACTERS = 8000;

const UNEXPECTED =
  'Slipway failed unexpectedly; what it had started is removed. Call again; if it happens again, ' +
  'the log of this server (its standard error) tells more.';

/** Options of the library, and what the tools call them. */
const WIRE_NAMES: ReadonlyMap<string, string> = new Map([
  ['repositoryUrl', 'repo_url'],
  ['ref', 'branch'],
  ['dockerfilePath', 'dockerfile_path'],
  ['contextPath', 'context_path'],
  ['buildArgs', 'build_args'],
  ['buildTimeoutMs', 'build_timeout'],
  ['payloadPath', 'payload_path'],
  ['memoryBytes', 'memory_limit'],
  ['cpus', 'cpu_limit'],
  ['timeoutMs', 'timeout'],
  ['networkMode', 'network_mode'],
  ['workingDir', 'working_dir'],
  ['readOnly', 'read_only'],
  ['env', 'environment'],
  ['deploymentId', 'deployment_id'],
]);

/**
 * An error as a model should read it: what failed and what to do next, in the words of the tools.
 * Errors that are not Slipway's own tell nothing: their text may hold paths and internals.
 */
export function failureText(error: unknown): string {
  if (!isSlipwayError(error)) return UNEXPECTED;
  const hint = adviceText(error).slice(0, TEXT_CHARACTERS / 2);
  const message = messageText(error);
  const room = TEXT_CHARACTERS - hint.length - ' '.length;
  const cut = message.length <= room ? message : `${message.slice(0, room - 1)}…`;
  return `${cut} ${hint}`;
}

function messageText(error: SlipwayError): string {
  if (isSlipwayError(error, 'BUILD_FAILED') && error.context.log !== '') {
    return `${stripControl(error.message)} The end of the build log is in stderr.`;
  }
  return inToolWords(error.message, error);
}

/** Only complaints about an option speak in names of the library; a policy has its own names. */
function inToolWords(text: string, error: SlipwayError): string {
  if (isSlipwayError(error, 'INVALID_INPUT')) {
    return wireText(text, error.context.field.split('.')[0]);
  }
  return stripControl(text);
}

/** What to do next, in the words of the tools. */
function adviceText(error: SlipwayError): string {
  if (isSlipwayError(error, 'NOT_MANAGED')) {
    return 'Containers started elsewhere are left alone. Find its id with list_running_containers.';
  }
  if (isSlipwayError(error, 'PULL_FAILED')) {
    return [imageAdvice(error), stripControl(error.hint)].filter(Boolean).join(' ');
  }
  if (isSlipwayError(error, 'CLONE_FAILED')) return wireText(error.hint, 'ref');
  if (isSlipwayError(error, 'BUILD_REFUSED')) return wireText(error.hint);
  return inToolWords(error.hint, error);
}

/** A message as long as clients show it. */
export function cutText(text: string): string {
  return text.length <= TEXT_CHARACTERS ? text : `${text.slice(0, TEXT_CHARACTERS - 1)}…`;
}

/**
 * A text of the library in the words of the tools: `memoryBytes` becomes `memory_limit`.
 *
 * @param named an option the text is about; a plain word such as `ref` is only taken for an
 *   option when it is named
 */
export function wireText(text: string, named?: string): string {
  return stripControl(text).replaceAll(/\b[A-Za-z]+\b/g, (word) => {
    const isOption = word === named || /[a-z][A-Z]/.test(word);
    return (isOption ? WIRE_NAMES.get(word) : undefined) ?? word;
  });
}
