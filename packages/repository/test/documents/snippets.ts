import type { Page } from './pages.ts';

/** TypeScript in a document, with what it takes for given: an HTML comment right before it, which readers do not see. */
export interface Snippet {
  readonly file: string;
  /** The line of the document on which its code begins. */
  readonly line: number;
  readonly given: string;
  readonly code: string;
}

const SNIPPET = /(?:<!-- given\n([\s\S]*?)-->\n)?```ts\n([\s\S]*?)```/g;

export function snippetsOf({ file, text }: Page): Snippet[] {
  return Array.from(text.matchAll(SNIPPET), ({ 0: whole, 1: given = '', 2: code = '', index }) => {
    const line = text.slice(0, index + whole.indexOf('```ts')).split('\n').length + 1;
    return { file, line, given, code };
  });
}

/** As a module: imports first, so that what is given may need them too. */
export function moduleOf({ given, code }: Snippet): string {
  return `${given}\n${code}\nexport {};\n`;
}
