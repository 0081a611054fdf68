import { expect, test } from 'vitest';
import { circlesOf } from './circles.ts';

test.each([
  { name: 'a file that imports itself', graph: { a: ['a'] }, circles: ['a → a'] },
  { name: 'two files', graph: { a: ['b'], b: ['a'] }, circles: ['a → b → a'] },
  {
    name: 'three files below another',
    graph: { x: ['a'], a: ['b'], b: ['c'], c: ['a'] },
    circles: ['a → b → c → a'],
  },
  {
    name: 'the shortest way of several',
    graph: { a: ['b', 'c'], b: ['c'], c: ['a'] },
    circles: ['a → c → a'],
  },
  {
    name: 'each of two knots once',
    graph: { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] },
    circles: ['a → b → a', 'c → d → c'],
  },
])('a circle is found: $name', ({ graph, circles }) => {
  expect(circlesOf(new Map(Object.entries(graph))).map((circle) => circle.join(' → '))).toEqual(circles);
});

test('two ways to the same file are no circle', () => {
  expect(circlesOf(new Map(Object.entries({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })))).toEqual([]);
});
