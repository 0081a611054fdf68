import { posix } from 'node:path';
import type { SourceFile } from '../sources/repository.ts';
import { type Syntax, syntaxOf } from '../sources/syntax.ts';

/** A source file, parsed. */
export interface ParsedFile extends Syntax {
  readonly file: string;
  /** A test may import more than the code beside it. */
  readonly isTest: boolean;
}

export function parseFile({ file, source }: SourceFile): ParsedFile {
  return { file, isTest: isTestFile(file), ...syntaxOf(file, source) };
}

/** From each file to the files that it imports by relative paths, types included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(files: readonly ParsedFile[]): ImportGraph {
  return new Map(
    files.map(({ file, imports }) => {
      const relative = imports.filter((specifier) => specifier.startsWith('.'));
      return [file, relative.map((specifier) => posix.join(posix.dirname(file), specifier))];
    }),
  );
}

function isTestFile(file: string): boolean {
  return file.endsWith('.test.ts');
}
