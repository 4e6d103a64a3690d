export interface ServerSentEvent {
  /** `message` when the stream names none. */
  readonly event: string;
  readonly data: string;
}

/** One event is at most a message of the protocol long, in characters. */
const MAX_EVENT_CHARACTERS = 10 * 1024 * 1024;

/** Events of a `text/event-stream` as lines of it come, by the rules of the HTML standard. */
export class SseParser {
  readonly #onEvent: (event: ServerSentEvent) => void;
  #event = '';
  #data: string[] = [];
  #characters = 0;

  constructor(onEvent: (event: ServerSentEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** @param line without its line feed; may end with a carriage return */
  line(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (text === '') return this.#dispatch();
    const colon = text.indexOf(':');
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    if (field === 'data') this.#add(value);
  }

  #add(value: string): void {
    this.#characters += value.length;
    if (this.#characters <= MAX_EVENT_CHARACTERS) this.#data.push(value);
  }

  #dispatch(): void {
    const { length } = this.#data;
    const whole = this.#characters <= MAX_EVENT_CHARACTERS;
    const event = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
    };
    this.#event = '';
    this.#data = [];
    this.#characters = 0;
    if (length > 0 && whole) this.#onEvent(event);
  }
}
