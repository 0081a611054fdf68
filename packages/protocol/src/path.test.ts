import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinPath, nodeName, parentPath, pathProblem, sequentialPathProblem } from './path.ts';

const unit = (code: number) => String.fromCharCode(code);

describe('the rules for paths', () => {
  test.each([
    { name: 'the root', path: '/' },
    { name: 'a name', path: '/a' },
    { name: 'names', path: '/a/b/c' },
    { name: 'a space', path: '/a b' },
    { name: 'a backslash, a colon and a tilde', path: '/\\:~' },
    { name: 'letters with marks', path: '/straße/Ł' },
    { name: 'three dots', path: '/...' },
    { name: 'a name that starts with a dot', path: '/.hidden' },
    { name: 'a name that starts with two dots', path: '/..hidden' },
    { name: 'a name that ends with dots', path: '/a../b.' },
    { name: 'dots in the middle', path: '/a..b/a.b' },
    { name: 'the name of the system subtree', path: '/zookeeper/config' },
    { name: 'the last character before the control characters', path: `/${unit(0x7e)}` },
    { name: 'the first after them', path: `/${unit(0xa0)}` },
    { name: 'the last before the surrogates', path: `/${unit(0xd7ff)}` },
    { name: 'the first after the private use area', path: `/${unit(0xf900)}` },
    { name: 'the last before the specials', path: `/${unit(0xffef)}` },
  ])('allowed: $name', ({ path }) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  test.each([
    { name: 'nothing', path: '', problem: 'the path is empty' },
    { name: 'a relative path', path: 'a', problem: 'the path does not start with "/"' },
    { name: 'a slash at the end', path: '/a/', problem: 'the path ends with "/"' },
    { name: 'slashes only', path: '//', problem: 'the path ends with "/"' },
    { name: 'an empty first name', path: '//a', problem: 'an empty name at 1' },
    { name: 'an empty name', path: '/a//b', problem: 'an empty name at 3' },
    { name: 'a dot', path: '/.', problem: 'a relative name at 1' },
    { name: 'a dot in the middle', path: '/a/./b', problem: 'a relative name at 3' },
    { name: 'two dots', path: '/..', problem: 'a relative name at 1' },
    { name: 'two dots in the middle', path: '/a/../b', problem: 'a relative name at 3' },
    { name: 'two dots at the end', path: '/a/..', problem: 'a relative name at 3' },
    { name: 'a null', path: '/a\0b', problem: 'character U+0000 at 2' },
    { name: 'the first control character', path: `/${unit(0x01)}`, problem: 'character U+0001 at 1' },
    { name: 'a line break', path: '/a\n', problem: 'character U+000a at 2' },
    { name: 'the last below the space', path: `/${unit(0x1f)}`, problem: 'character U+001f at 1' },
    { name: 'delete', path: `/${unit(0x7f)}`, problem: 'character U+007f at 1' },
    { name: 'the last upper control character', path: `/${unit(0x9f)}`, problem: 'character U+009f at 1' },
    { name: 'an emoji, for its surrogates', path: '/😀', problem: 'character U+d83d at 1' },
    { name: 'the first of the private use area', path: `/${unit(0xe000)}`, problem: 'character U+e000 at 1' },
    { name: 'the last of the private use area', path: `/${unit(0xf8ff)}`, problem: 'character U+f8ff at 1' },
    { name: 'the first of the specials', path: `/${unit(0xfff0)}`, problem: 'character U+fff0 at 1' },
    { name: 'the replacement character', path: `/${unit(0xfffd)}`, problem: 'character U+fffd at 1' },
    { name: 'the last of the specials', path: `/a/${unit(0xffff)}`, problem: 'character U+ffff at 3' },
  ])('refused: $name', ({ path, problem }) => {
    expect(pathProblem(path)).toBe(problem);
  });

  test.each([
    { path: '/', problem: undefined },
    { path: '/a', problem: undefined },
    { path: '/a/', problem: undefined },
    { path: '/a/.', problem: undefined },
    { path: '/a/..', problem: undefined },
    { path: '/a//', problem: 'an empty name at 3' },
    { path: '/a/./b', problem: 'a relative name at 3' },
    { path: '', problem: 'the path does not start with "/"' },
    { path: '/a\0', problem: 'character U+0000 at 2' },
  ])('of a sequential create, $path: $problem', ({ path, problem }) => {
    expect(sequentialPathProblem(path)).toBe(problem);
  });

  test('agree with a slow reading of the rules', () => {
    const forbidden = [
      [0, 0x1f],
      [0x7f, 0x9f],
      [0xd800, 0xf8ff],
      [0xfff0, 0xffff],
    ] as const;
    const isForbidden = (letter: string) =>
      forbidden.some(([first, last]) => unit(first) <= letter && letter <= unit(last));
    const allowed = (path: string) =>
      path === '/' ||
      (path.startsWith('/') &&
        !path.split('').some(isForbidden) &&
        path
          .slice(1)
          .split('/')
          .every((name) => name !== '' && name !== '.' && name !== '..'));
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '/',
        '.',
        '..',
        'a',
        '\x1f',
        '\x7f',
        '\xa0',
        '\ud83d',
        '\uf8ff',
        '\uf900',
        '\ufff0',
      ),
      fc.nat(0xffff).map(unit),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const path = `/${pieces.join('')}`;
        expect(pathProblem(path) === undefined, JSON.stringify(path)).toBe(allowed(path));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the parts of a path', () => {
  test.each([
    { path: '/a', parent: '/', name: 'a' },
    { path: '/a/b', parent: '/a', name: 'b' },
    { path: '/a/b/c.d', parent: '/a/b', name: 'c.d' },
  ])('$path', ({ path, parent, name }) => {
    expect(parentPath(path)).toBe(parent);
    expect(nodeName(path)).toBe(name);
    expect(joinPath(parent, name)).toBe(path);
  });
});
