import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataJson, printable, renderData } from './data-format.ts';
import { plainStyling, terminalStyling } from './styling.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('a pipe gets the bytes as they are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(renderData(data, plainStyling)).toBe(data);
    }),
  );
});

test('a terminal gets no control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(renderData(data, terminalStyling({}))).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
  );
  expect(printable('\u001b[31mred\u0007\u202e\n')).toBe('\\x1b[31mred\\x07\\u{202e}\n');
});

test('JSON holds UTF-8 data as text and other data in base64', () => {
  expect(dataJson(new TextEncoder().encode('grüße'))).toEqual({ data: 'grüße', encoding: 'utf8' });
  expect(dataJson(bytes(0xff, 0))).toEqual({ data: '/wA=', encoding: 'base64' });
});
