/** Whether every column of a row is an integer as it was written: a damaged page can hold anything. */
export function areLongs(row: object): boolean {
  return Object.values(row).every((value) => Number.isSafeInteger(value));
}
