/** A property of the system does not hold, so the run fails. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The property, in a few words. It is the same for all runs that fail in the same way. */
  readonly property: string;

  constructor(property: string, detail: string, options?: ErrorOptions) {
    super(`${property}: ${detail}`, options);
    this.property = property;
  }
}
