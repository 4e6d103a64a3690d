import { invalidInput } from '../core/options.js';

/** BuildKit and we read Dockerfiles whole. */
const OUTPUT_CHARACTERS = 1024 * 1024;

/** Calls of helpers and rounds of loops in one rendering; the largest plan needs some thousands. */
const STEPS = 100_000;

/** What one rendering may still do: a template that multiplies itself is stopped, not waited for. */
export class Budget {
  #steps = STEPS;

  /** @throws {SlipwayError} `INVALID_INPUT` for `template` */
  step(): void {
    this.#steps -= 1;
    if (this.#steps >= 0) return;
    throw invalidInput('template', `takes more than ${STEPS} steps`, undefined);
  }

  /** @throws {SlipwayError} `INVALID_INPUT` for `template` when `text` is longer than 1 MiB */
  output(text: string): string {
    if (text.length <= OUTPUT_CHARACTERS) return text;
    throw invalidInput('template', `renders more than ${OUTPUT_CHARACTERS} characters`, undefined);
  }
}
