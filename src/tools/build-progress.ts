import { redactUrl } from '../core/redact.js';
import type { BuildEvent } from '../build/types.js';
import { building, pulling, type ToolProgress } from './progress.js';

/** How far the building of a server is; undefined for events that are no step of it. */
export function buildStep(event: BuildEvent): ToolProgress | undefined {
  switch (event.type) {
    case 'cloning':
      // As the caller wrote it: one with a password in it is refused only afterwards.
      return { phase: `Cloning ${redactUrl(event.repository)}` };
    case 'detected':
      return { phase: 'Planning the build' };
    case 'pulling':
      return { phase: `Pulling ${event.image}`, ...pulling(event.progress) };
    case 'building':
      return { phase: 'Building', ...building(event.progress) };
    case 'cached':
      return { phase: 'Using the image of an earlier build' };
    case 'probing':
      return { phase: 'Starting the server and asking for its tools' };
    case 'fallback':
      return { phase: 'Trying another way', detail: event.reason };
    default:
      return undefined;
  }
}
