import type { ServerMetadata } from '../core/build-plan.js';

/** What is known of a server that says nothing of itself: what people call its repository. */
export function nameOnly(name: string): ServerMetadata {
  return { name, version: null, description: null, author: null, license: null, dependencies: {} };
}
