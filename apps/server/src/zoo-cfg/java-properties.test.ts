import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProperties } from './java-properties.ts';

describe('the format of java.util.Properties', () => {
  test.each([
    ['key=value', 'key', 'value'],
    ['key:value', 'key', 'value'],
    ['key value', 'key', 'value'],
    ['  key \t=  value', 'key', 'value'],
    ['key = = value', 'key', '= value'],
    ['key', 'key', ''],
    ['key=', 'key', ''],
    ['key=value  ', 'key', 'value  '],
    ['server.1=zoo1:2888:3888;2181', 'server.1', 'zoo1:2888:3888;2181'],
    ['a\\ b\\=c=d', 'a b=c', 'd'],
    ['key=C\\:\\\\data\\tx', 'key', 'C:\\data\tx'],
    ['key=\\u0041\\u00e9', 'key', 'Aé'],
    ['key=one,\\\n    two', 'key', 'one,two'],
    ['key=one,\\\r\n\ttwo,\\\nthree', 'key', 'one,two,three'],
    ['key=ends\\', 'key', 'ends'],
    ['key=a\\\\\n', 'key', 'a\\'],
    ['=value', '', 'value'],
  ])('is read as in Java: %j', (text, key, value) => {
    expect(parseProperties(text)).toEqual([{ key, value, line: 1 }]);
  });

  test('has comments and empty lines, which are skipped but counted as lines', () => {
    const text = '# a\n\n  ! b=c \\\nkey=\\\n  value\n\nother=1\r\n#end';
    expect(parseProperties(text)).toEqual([
      { key: 'key', value: 'value', line: 4 },
      { key: 'other', value: '1', line: 7 },
    ]);
  });

  test('is refused with the line of an incomplete escape', () => {
    expect(() => parseProperties('a=1\nb=\\u12')).toThrowError(expect.objectContaining({ line: 2 }));
  });

  test('gives back every key and value that was escaped by its rules', () => {
    const property = fc.record({ key: fc.string({ unit: 'binary' }), value: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(property), (properties) => {
        const text = properties.map(({ key, value }) => `${escaped(key)}=${escaped(value)}\n`).join('');
        expect(parseProperties(text).map(({ key, value }) => ({ key, value }))).toEqual(properties);
      }),
    );
  });

  test('is accepted whatever it contains, except for broken Unicode escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\\u'));
        parseProperties(text);
      }),
    );
  });
});

/** The text with every character that is no letter or digit escaped as its code. */
function escaped(text: string): string {
  return text.replace(/[^a-zA-Z0-9]/g, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
