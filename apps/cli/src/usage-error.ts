/** The input is invalid. `column` is where, counted from 0, if that is known. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly column: number | undefined;

  constructor(message: string, column?: number) {
    super(message);
    this.column = column;
  }
}
