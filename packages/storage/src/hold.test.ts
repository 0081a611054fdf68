import { expect, test } from 'vitest';
import { Hold } from './hold.ts';

test('what comes during overlapping holds is released in order after the last', async () => {
  const released: number[] = [];
  const hold = new Hold<number>((item) => released.push(item));
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  hold.pass(1);
  const held = [hold.during(() => first.promise), hold.during(() => second.promise)];
  hold.pass(2);
  const over = hold.over();
  first.resolve();
  await held[0];
  hold.pass(3);
  expect(released).toEqual([1]);
  second.resolve();
  await Promise.all([...held, over, hold.over()]);
  hold.pass(4);
  expect(released).toEqual([1, 2, 3, 4]);
});

test('a hold that fails lets go as well', async () => {
  const released: number[] = [];
  const hold = new Hold<number>((item) => released.push(item));
  const failing = hold.during(() => Promise.reject(new Error('no')));
  hold.pass(1);
  await expect(failing).rejects.toThrow('no');
  expect(released).toEqual([1]);
});
