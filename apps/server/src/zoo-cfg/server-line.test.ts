import { expect, test } from 'vitest';
import { parseServerLine } from './server-line.ts';

test.each([
  ['zoo1:2888:3888', { address: 'zoo1:2888', role: 'participant', client: undefined }],
  ['zoo1:2888:3888:participant', { address: 'zoo1:2888', role: 'participant' }],
  ['zoo1:2888:3888:OBSERVER', { address: 'zoo1:2888', role: 'observer' }],
  ['zoo1:2888:3888;2181', { client: { host: undefined, port: 2181 } }],
  ['zoo1:2888:3888:participant;10.0.0.1:2181', { client: { host: '10.0.0.1', port: 2181 } }],
  ['zoo1:2888:3888;;2281', { client: undefined, hasSecurePort: true }],
  ['[::1]:2888:3888;[::2]:2181', { address: '[::1]:2888', client: { host: '::2', port: 2181 } }],
  ['a:1:2|b:3:4:participant', { address: 'a:1', moreAddresses: ['b:3'], role: 'participant' }],
])('%s', (text, expected) => {
  expect(parseServerLine(text)).toMatchObject(expected);
});

test.each([
  [''],
  ['zoo1'],
  ['zoo1:2888'],
  ['zoo1:2888:'],
  ['zoo1:2888:99999'],
  ['zoo1:2888:x'],
  ['zoo1:2888:3888:participant:more'],
  ['zoo1:2888:3888:learner'],
  ['zoo1:2888:3888;host:port'],
  ['zoo1:2888:3888;1;2;3'],
  ['a:1:2:observer|b:3:4:participant'],
  [':2888:3888'],
  ['[::1:2888:3888'],
])('%j is refused with what was expected', (text) => {
  expect(parseServerLine(text)).toEqual(expect.stringContaining('expected'));
});
