import { type Stat, toZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { parseEnsembleConfig } from './ensemble-config.ts';

const stat = {} as Stat;

test('the members and the version are read from lines in the format of ZooKeeper', () => {
  const text = [
    'server.1=10.0.0.1:2888:3888:participant;0.0.0.0:2181',
    'server.2=10.0.0.2:2888:3888|10.1.0.2:2888:3888:observer;[::1]:2182',
    'server.3=c:2888:3888',
    'tickTime=2000',
    'version=10000000a',
  ].join('\n');
  expect(parseEnsembleConfig(text, stat)).toEqual({
    members: [
      { id: 1, addresses: ['10.0.0.1:2888:3888'], role: 'participant', clientAddress: '0.0.0.0:2181' },
      {
        id: 2,
        addresses: ['10.0.0.2:2888:3888', '10.1.0.2:2888:3888'],
        role: 'observer',
        clientAddress: '[::1]:2182',
      },
      { id: 3, addresses: ['c:2888:3888'], role: 'participant', clientAddress: undefined },
    ],
    version: toZxid(0x10000000a),
    text,
    stat,
  });
});

test('the configuration of a standalone server has no members', () => {
  expect(parseEnsembleConfig('', stat)).toMatchObject({ members: [], version: 0 });
});
