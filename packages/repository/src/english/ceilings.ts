import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesLike, ROOT, readSource } from '../sources/repository.ts';
import { type OddWord, oddPerThousand, readEnglish } from './odd-words.ts';

/** The most odd words in a thousand that each part may have. The figures may only fall. */
export type Ceilings = Readonly<Record<string, number>>;

export const CEILINGS_FILE = 'packages/repository/src/english/ceilings.json';

/** A new part has this ceiling: new text has no excuse. */
export const GOAL = 0.5;

/** A ceiling this far above its figure must come down, so that what was gained stays. */
const SLACK = 0.3;

const QUOTES_ODD_WORDS = 'packages/repository/src/english/odd-words.test.ts';

/** No ceiling is below this, because now and then an odd word is the right one. */
const FLOOR = 0.2;

/** A package, an app, the documents, or all that stands elsewhere. */
export interface Part {
  readonly name: string;
  readonly figure: number;
  readonly odd: readonly OddWord[];
}

export function readCeilings(): Ceilings {
  return JSON.parse(readFileSync(join(ROOT, CEILINGS_FILE), 'utf8'));
}

export function readParts(): Part[] {
  const files = filesLike(
    '{*.md,.github/**/*.md,docs/**/*.md,.config/*.ts,{packages,apps}/**/*.{ts,mts,mjs,md}}',
  );
  const byPart = Map.groupBy(
    files.filter((file) => file !== QUOTES_ODD_WORDS),
    partOf,
  );
  return Array.from(byPart, ([name, names]) => {
    const readings = names.map((file) => readEnglish(readSource(file)));
    const words = readings.reduce((sum, reading) => sum + reading.words, 0);
    const odd = readings.flatMap((reading) => reading.odd);
    return { name, figure: oddPerThousand({ words, odd }), odd };
  });
}

/** Each part whose figure is above its ceiling or far below it, and each ceiling of no part. */
export function ceilingProblems(parts: readonly Omit<Part, 'odd'>[], ceilings: Ceilings): string[] {
  const unknown = Object.keys(ceilings).filter((name) => !parts.some((part) => part.name === name));
  return [
    ...parts.flatMap(({ name, figure }) => {
      const ceiling = ceilings[name] ?? GOAL;
      const rounded = figure.toFixed(2);
      if (figure > ceiling)
        return [
          `${name} has ${rounded} odd words in 1,000, more than ${ceiling}: npm run english -- ${name}`,
        ];
      if (figure < ceiling - SLACK)
        return [`${name} has only ${rounded} odd words in 1,000: npm run english -- --lower`];
      return [];
    }),
    ...unknown.map((name) => `${name} has a ceiling, but does not exist`),
  ];
}

/** Ceilings just above the figures, and none higher than before. */
export function lowered(parts: readonly Omit<Part, 'odd'>[], ceilings: Ceilings): Ceilings {
  return Object.fromEntries(
    parts.map(({ name, figure }) => {
      const ceiling = Math.min(ceilings[name] ?? GOAL, Math.max(FLOOR, Math.ceil(figure * 10) / 10));
      return [name, ceiling];
    }),
  );
}

function partOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  if (first === 'packages' || first === 'apps') return `${first}/${second}`;
  return first === 'docs' ? first : 'elsewhere';
}
