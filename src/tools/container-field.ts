import { textField } from './fields.js';

/** As `docker ps` shows it, and enough to name a container. */
export const SHORT_ID = 12;

/** The container that a tool is about. */
export const containerField = textField(255).describe(
  'Container id (12 or 64 characters) or name.',
);
