import type { SourceFile } from '../sources/repository.ts';
import { syntaxOf } from '../sources/syntax.ts';

/** One odd word, and where it stands. */
export interface OddWord {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  /** The line in which it stands. */
  readonly context: string;
}

export interface Reading {
  readonly words: number;
  readonly odd: readonly OddWord[];
}

/**
 * Words by which an idiom shows that strangers stumble over: it hides the actor, or lets things talk. Name the actor
 * and what it does: the server, the client, the caller; sends, reports, returns. "Whose" is plain English.
 */
const ODD = /\b(?:who|whom|whoever|whomever|nobody|somebody|tell|tells|telling|told)\b/gi;
const WORD = /[A-Za-z][A-Za-z']*/g;

/** Reads what people read: a document, or the comments of a source and its strings of several words. */
export function readEnglish({ file, source }: SourceFile): Reading {
  const texts = file.endsWith('.md')
    ? [{ text: withoutQuotations(source), at: 0 }]
    : sentencesOf(file, source);
  const lines = source.split('\n');
  return {
    words: texts.reduce((sum, { text }) => sum + Array.from(text.matchAll(WORD)).length, 0),
    odd: texts.flatMap(({ text, at }) =>
      Array.from(text.matchAll(ODD), ({ 0: word, index }) => {
        const line = source.slice(0, at + index).split('\n').length;
        return { file, line, word, context: lines[line - 1]?.trim() ?? '' };
      }),
    ),
  };
}

export function oddPerThousand({ words, odd }: { words: number; odd: { length: number } }): number {
  return words === 0 ? 0 : (odd.length * 1_000) / words;
}

function sentencesOf(file: string, source: string) {
  return syntaxOf(file, source).words.filter(({ text }) => /\s/.test(text.trim()));
}

/**
 * Blanks out what is only quoted: `code`, and all between the comments `<!-- quoted -->` and `<!-- /quoted -->`. The
 * length stays, so that the lines can still be found.
 */
function withoutQuotations(text: string): string {
  return text.replaceAll(/<!-- quoted -->[\s\S]*?<!-- \/quoted -->|`[^`\n]+`/g, (quoted) =>
    quoted.replaceAll(/[^\n]/g, ' '),
  );
}
