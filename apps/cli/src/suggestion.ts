/** Names that people know from other programs. */
const synonyms: Readonly<Record<string, string>> = {
  cat: 'get',
  dir: 'ls',
  del: 'delete',
  info: 'stat',
  list: 'ls',
  ls2: 'ls',
  mk: 'create',
  mkdir: 'create',
  mutex: 'lock',
  put: 'set',
  rm: 'delete',
  rmr: 'deleteall',
  touch: 'create',
};

/** Returns the name that was probably meant. */
export function suggest(typed: string, names: readonly string[]): string | undefined {
  const lower = typed.toLowerCase();
  const synonym = Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined;
  if (synonym !== undefined && names.includes(synonym)) return synonym;
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.ceil(lower.length / 2) + 1);
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * How many letters must be inserted, deleted, changed or swapped with their neighbour. A swap counts as one mistake: a
 * plain Levenshtein distance counts two, and then `tsat` would be as near to `set` as to `stat`.
 */
export function editDistance(a: string, b: string): number {
  const widthMax = 64;
  if (a.length > widthMax || b.length > widthMax) return widthMax;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) distance = Math.min(distance, at(i - 2, j - 2) + 1);
      row.push(distance);
    }
  }
  return at(a.length, b.length);
}
