/** ZooKeeper's words for monitoring that this server answers. */
export const FOUR_LETTER_WORDS = [
  'conf',
  'cons',
  'crst',
  'dirs',
  'dump',
  'envi',
  'gtmk',
  'hash',
  'isro',
  'mntr',
  'ruok',
  'srst',
  'srvr',
  'stat',
  'wchc',
  'wchp',
  'wchs',
] as const;

/** One of ZooKeeper's words for monitoring. */
export type FourLetterWord = (typeof FOUR_LETTER_WORDS)[number];

/** Whether this server answers the word, if its configuration allows it. */
export function isFourLetterWord(word: string): word is FourLetterWord {
  return (FOUR_LETTER_WORDS as readonly string[]).includes(word);
}

/**
 * The words that a list separated by commas allows; `*` allows all. `srvr` is always allowed, because ZooKeeper's own
 * scripts need it and its answer reveals nothing about clients.
 */
export function allowedWords(list: string): ReadonlySet<FourLetterWord> {
  const words = list.split(',').map((word) => word.trim());
  if (words.includes('*')) return new Set(FOUR_LETTER_WORDS);
  return new Set(['srvr', ...words.filter(isFourLetterWord)]);
}
