/** Something that must not be has been seen. The run fails. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The property that does not hold, in a few words: the same for all runs that fail in the same way. */
  readonly property: string;

  constructor(property: string, detail: string, options?: ErrorOptions) {
    super(`${property}: ${detail}`, options);
    this.property = property;
  }
}
