import { expect, test } from 'vitest';
import { listenForAbort, stopListening } from './abort-group.ts';

test('each member is aborted once, until it stops listening', () => {
  const aborter = new AbortController();
  const heard: string[] = [];
  const members = ['a', 'b', 'c'].map((name) => ({
    handleAbort: (reason: unknown) => heard.push(`${name} ${reason}`),
  }));
  for (const member of members) listenForAbort(aborter.signal, member);
  const [first] = members;
  if (first !== undefined) stopListening(aborter.signal, first);
  aborter.abort('enough');
  expect(heard).toEqual(['b enough', 'c enough']);
});

test('a signal without members has no listener', () => {
  const { signal } = new AbortController();
  const calls: string[] = [];
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    calls.push('add');
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    calls.push('remove');
    remove(...args);
  };
  const members = [{ handleAbort() {} }, { handleAbort() {} }];
  for (const member of members) listenForAbort(signal, member);
  for (const member of members) stopListening(signal, member);
  for (const member of members) stopListening(signal, member);
  expect(calls).toEqual(['add', 'remove']);
});
