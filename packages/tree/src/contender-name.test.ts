import { describe, expect, test } from 'vitest';
import { contenderNumberAt, formatSequence, isContenderPrefix } from './contender-name.ts';

describe('the names of contenders', () => {
  const contenders: [library: string, name: string, prefix: string][] = [
    ["Curator's lock", '_c_6a0f1b1e-lock-0000000012', '_c_6a0f1b1e-lock-'],
    ["Curator's lock without protection", 'lock-0000000012', 'lock-'],
    ["Curator's leader latch", '_c_6a0f1b1e-latch-0000000000', '_c_6a0f1b1e-latch-'],
    ["kazoo's lock", '5f1d__lock__0000000007', '5f1d__lock__'],
    ['the last number before the overflow', 'a-lock-2147483647', 'a-lock-'],
    ['the first number after it', 'a-lock--2147483648', 'a-lock-'],
    ['a small negative number', 'a-lock--000000001', 'a-lock-'],
    ['a negative number behind digits', 'a__lock__-1999999999', 'a__lock__'],
  ];
  test.each(contenders)('%s', (_, name, prefix) => {
    expect(name.slice(0, contenderNumberAt(name))).toBe(prefix);
    expect(isContenderPrefix(prefix)).toBe(true);
  });

  const others: [why: string, name: string][] = [
    ['a plain sequential node', 'job-0000000012'],
    ['no number', '_c_6a0f1b1e-lock-'],
    ['a short number', 'lock-000000012'],
    ['a letter in the number', 'lock-00000000a2'],
    ['the marker elsewhere', 'lock-of-0000000012'],
    ['two signs', 'a-lock---000000001'],
    ['too short for anything', '1'],
    ['empty', ''],
  ];
  test.each(others)('not: %s', (_, name) => {
    expect(contenderNumberAt(name)).toBe(-1);
  });
});

test.each([
  [0, '0000000000'],
  [42, '0000000042'],
  [2147483647, '2147483647'],
  [-1, '-000000001'],
  [-2147483648, '-2147483648'],
])('%i is written as ZooKeeper writes it', (number, text) => {
  expect(formatSequence(number)).toBe(text);
});
