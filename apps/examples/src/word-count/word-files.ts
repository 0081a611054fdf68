import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Counts = Record<string, number>;

/** How often each word stands in `text`. */
export function countWords(text: string): Counts {
  const counts: Counts = {};
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Adds `more` to `sum`. */
export function addCounts(sum: Counts, more: Counts): void {
  for (const [word, count] of Object.entries(more)) sum[word] = (sum[word] ?? 0) + count;
}

/** The partition that a word is reduced in: a hash of its letters. */
export function partitionOf(word: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) >>> 0;
  return hash % partitions;
}

/** Makes text in which common words are common: word n stands about 1/n times as often as the first. */
export function makeText(words: number, seed: number): string {
  const text: string[] = [];
  let state = seed;
  for (let i = 0; i < words; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const rank = Math.floor(Math.exp((state / 2 ** 32) * Math.log(VOCABULARY)));
    text.push(`word${[...String(rank)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`);
  }
  return text.join(' ');
}

const VOCABULARY = 2_000;

/** Where the job's files are. All workers see one folder, as on a shared disk. */
export const jobFiles = (folder: string) => ({
  shard: (shard: number) => join(folder, `shard-${shard}.txt`),
  mapped: (shard: number, partition: number) => join(folder, `map-${shard}-${partition}.json`),
  reduced: (partition: number) => join(folder, `reduce-${partition}.json`),
});

export async function readCounts(file: string): Promise<Counts> {
  return JSON.parse(await readFile(file, 'utf8')) as Counts;
}

/** Appears at once and whole, so that an attempt which dies half-way leaves nothing behind that others could read. */
export async function writeCounts(file: string, counts: Counts, writer: string): Promise<void> {
  const unfinished = `${file}.${writer}`;
  await writeFile(unfinished, JSON.stringify(counts));
  await rename(unfinished, file);
}
