/**
 * Credentials are configured for a registry and could not be read. The message ends a sentence
 * about an image, names where they should have come from, and never holds any of them: also no
 * `cause`, because the errors of parsers quote what they read.
 */
export class CredentialsError extends Error {
  /** What to do next, as a full sentence. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'CredentialsError';
    this.hint = hint;
  }
}
