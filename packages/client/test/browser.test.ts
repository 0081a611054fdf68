import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as browser from '../src/browser.ts';
import * as node from '../src/index.ts';

/** Returns all modules that `entry` imports, and what they import from outside this package. */
function loaded(entry: URL): { readonly modules: Set<string>; readonly outside: Set<string> } {
  const modules = new Set<string>();
  const outside = new Set<string>();
  const visit = (url: URL) => {
    if (modules.has(url.href)) return;
    modules.add(url.href);
    // Imports of types do not exist at run time.
    const source = readFileSync(url, 'utf8').replace(/^(import|export) type [^;]*;/gm, '');
    for (const [, specifier = ''] of source.matchAll(/from '([^']+)'/g)) {
      if (specifier.startsWith('.')) visit(new URL(specifier, url));
      else outside.add(specifier);
    }
  };
  visit(entry);
  return { modules, outside };
}

describe('the browser entry', () => {
  test('the browser entry imports nothing that a browser does not have', () => {
    const { modules, outside } = loaded(new URL('../src/browser.ts', import.meta.url));
    expect(modules.size).toBeGreaterThan(20);
    expect([...outside]).toEqual(['@conclave/protocol']);
  });

  test('the browser entry exports the same names as the one for Node.js, except the environment', () => {
    const names = (entry: object) => Object.keys(entry).filter((name) => !name.endsWith('Environment'));
    expect(names(browser).sort()).toEqual(names(node).sort());
  });

  test('the browser entry refuses servers that a browser cannot reach', async () => {
    await expect(browser.connect('tcp://h')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
