/**
 * Makes something when it is first needed, and only once. A failure to make it is not kept.
 */
export class MadeOnce<T> {
  readonly #create: () => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(create: () => Promise<T>) {
    this.#create = create;
  }

  get(): Promise<T> {
    this.#made ??= this.#create().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** What there is of it by now; undefined when it was never needed, or could not be made. */
  async existing(): Promise<T | undefined> {
    return this.#made?.catch(() => undefined);
  }
}
