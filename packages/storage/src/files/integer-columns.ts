/**
 * Whether every column of a row is a safe integer. SQLite does not guarantee it after a file was damaged, because a
 * damaged page can hold a value of any type even in a strict table.
 */
export function hasIntegerColumns(row: object): boolean {
  return Object.values(row).every((value) => Number.isSafeInteger(value));
}
