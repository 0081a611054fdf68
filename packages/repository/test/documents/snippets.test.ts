import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@conclave/testkit';
import { expect, test } from 'vitest';
import { allPages, ROOT } from './pages.ts';
import { moduleOf, snippetsOf } from './snippets.ts';

test('the TypeScript in every document compiles', async () => {
  await using directory = await temporaryDirectory();
  const snippets = allPages().flatMap(snippetsOf);
  expect(snippets.length).toBeGreaterThan(5);
  for (const snippet of snippets) {
    const name = `${snippet.file.replaceAll('/', '_')}_${snippet.line}.mts`;
    writeFileSync(join(directory.path, name), moduleOf(snippet));
  }
  // So that a snippet finds packages by their names.
  symlinkSync(join(ROOT, 'packages/repository/node_modules'), join(directory.path, 'node_modules'));
  const configFile = join(directory.path, 'tsconfig.json');
  writeFileSync(configFile, JSON.stringify(tsconfig()));
  expect(problemsOf(configFile)).toBe('');
});

/** The repository's own settings, for a folder outside it. */
function tsconfig(): object {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(ROOT, 'node_modules/@types')] },
    include: ['*.mts'],
  };
}

function problemsOf(configFile: string): string {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', configFile], {
      encoding: 'utf8',
    });
    return '';
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}
