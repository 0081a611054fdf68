import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonList, JsonRecord, jsonText, type LazyJson } from './json-text.ts';

const textOf = (value: LazyJson): string => [...jsonText(value)].join('');

test('jsonText writes the same text as JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(textOf(value as LazyJson)).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('lazy lists and records are written like arrays and objects, in their own order', () => {
  const value = new JsonRecord(
    new Map<string | number, LazyJson>([
      ['none', new JsonList([])],
      [7, new JsonList(new Set([1, 2]))],
      ['empty', new JsonRecord([])],
    ]),
  );
  // An object would put its number first.
  expect(textOf(value)).toBe('{\n  "none": [],\n  "7": [\n    1,\n    2\n  ],\n  "empty": {}\n}');
});

test('jsonText generates no item before it is asked for', () => {
  let made = 0;
  function* numbers(): Generator<number> {
    for (;;) yield made++;
  }
  const pieces = jsonText({ numbers: new JsonList(numbers()) });
  while (made < 3) pieces.next();
  expect(made).toBe(3);
});
