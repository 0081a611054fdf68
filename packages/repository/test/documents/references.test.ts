import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allPages, page, ROOT } from './pages.ts';

describe.each(allPages())('$file', ({ file, text }) => {
  test('has links whose targets exist', () => {
    const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
    const inside = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => target.split('#')[0] ?? '');
    expect(inside.filter((target) => !isThere(posix.join(posix.dirname(file), target)))).toEqual([]);
  });

  test('names only files that exist', () => {
    const named = Array.from(
      text.matchAll(/`((?:packages|apps|docs|\.config|\.ci|\.github|\.githooks)\/[\w./-]+)`/g),
      ([, path = '']) => path,
    );
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });
});

test('the architecture names only files that some package has', () => {
  const { text } = page('docs/architecture.md');
  const names = Array.from(text.matchAll(/`([\w-]+\.ts)`/g), ([, name = '']) => name);
  const sources = new Set(
    ['packages', 'apps'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).flatMap((name) => namesBelow(join(ROOT, folder, name, 'src'))),
    ),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !sources.has(name))).toEqual([]);
});

/** A guarantee ends with a dash and its evidence: files, each with the titles of tests in it. */
const EVIDENCE = /— ([\s\S]*?)(?=\n\d+\. |\n\n)/g;

test('each guarantee names tests that exist', () => {
  const evidence = Array.from(page('docs/guarantees.md').text.matchAll(EVIDENCE), ([, text = '']) => text);
  expect(evidence.length).toBeGreaterThan(20);
  const missing = evidence.flatMap((text) => {
    let file = '';
    return Array.from(text.matchAll(/`([^`]+\.ts)`|"([^"]+)"/g), ([, path, title]) => {
      if (path !== undefined) file = path;
      const source = sourceOf(file);
      return source !== '' && source.includes((title ?? '').replaceAll(/\s+/g, ' '))
        ? []
        : [`${file}: ${title ?? 'not there'}`];
    }).flat();
  });
  expect(missing).toEqual([]);
});

function isThere(path: string): boolean {
  return existsSync(join(ROOT, path));
}

function namesBelow(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.split('/').at(-1) ?? '')
    : [];
}

function sourceOf(file: string): string {
  return existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8').replaceAll(/\s+/g, ' ') : '';
}
