/** What was typed makes no sense; `column` says where, counted from 0, when that is known. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly column: number | undefined;

  constructor(message: string, column?: number) {
    super(message);
    this.column = column;
  }
}
