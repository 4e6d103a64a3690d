/** Lines of a build's log by which our own Dockerfiles tell that a second choice was taken. */

const NOTE = /^slipway: (?<text>.{1,400})$/;

/** A log of strangers can imitate them: they are shown to people, and nothing else comes of them. */
const MOST = 20;

/** Collects the notes from a log that comes in pieces of any size. */
export class BuildNotes {
  readonly #notes = new Set<string>();
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-1000);
    for (const line of lines) {
      const note = NOTE.exec(line.trimEnd())?.groups?.['text'];
      if (note !== undefined && this.#notes.size < MOST) this.#notes.add(note);
    }
  }

  get all(): readonly string[] {
    return [...this.#notes];
  }
}
