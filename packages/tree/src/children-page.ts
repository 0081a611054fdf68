/** The most names that one page has. */
export const PAGE_NAMES_MAX = 10_000;
/** About the most bytes that they take, so that the page fits into any frame. */
const PAGE_BYTES_MAX = 512 * 1024;

/**
 * Returns the first `limit` names after `after`, in the order of their UTF-16 code units, and whether there are more.
 * It makes one pass over the names, and never sorts more than a few pages of them.
 */
export function namesAfter(
  names: Iterable<string>,
  after: string,
  limit: number,
): { names: string[]; more: boolean } {
  const kept: string[] = [];
  let more = false;
  /** No name beyond it is on the page. */
  let bound: string | undefined;
  const tidy = () => {
    kept.sort();
    if (kept.length <= limit) return;
    kept.length = limit;
    more = true;
    bound = kept.at(-1);
  };
  for (const name of names) {
    if (name <= after) continue;
    if (bound !== undefined && name > bound) continue;
    kept.push(name);
    if (kept.length >= 2 * limit + SLACK) tidy();
  }
  tidy();
  const fitting = countFitting(kept);
  return { names: kept.slice(0, fitting), more: more || fitting < kept.length };
}

/** With small pages the names are not sorted again after every few. */
const SLACK = 256;

/** Returns how many of the names fit. At least one always does. */
function countFitting(names: readonly string[]): number {
  let bytes = 0;
  for (const [i, name] of names.entries()) {
    bytes += 4 + 3 * name.length;
    if (bytes > PAGE_BYTES_MAX && i > 0) return i;
  }
  return names.length;
}
