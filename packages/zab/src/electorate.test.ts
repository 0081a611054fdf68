import type { Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { isQuorumOfElectorate } from './electorate.ts';
import type { Credentials } from './messages.ts';
import { majority } from './quorum.ts';

const blank: Credentials = { acceptedEpoch: 0, currentEpoch: 0, lastZxid: 0 as Zxid, trusted: true };
const promised: Credentials = { ...blank, acceptedEpoch: 1 };
const veteran: Credentials = { ...promised, currentEpoch: 1, lastZxid: (2 ** 32) as Zxid };
const untrusted: Credentials = { ...veteran, trusted: false };
/** Got a checkpoint, and crashed before NEWLEADER was durable. */
const halfway: Credentials = { ...blank, lastZxid: (2 ** 32) as Zxid };

test.each([
  ['a quorum of veterans', 3, [veteran, veteran], true],
  ['a veteran and a blank one', 3, [veteran, blank], false],
  [
    'a veteran and two blank ones: a quorum lost its disks, or was never there',
    3,
    [veteran, blank, blank],
    false,
  ],
  ['a veteran and an untrusted one', 3, [veteran, untrusted], false],
  ['two veterans and an untrusted one', 3, [veteran, veteran, untrusted], true],
  ['a quorum of blank ones', 3, [blank, blank], true],
  ['one blank one of three', 3, [blank], false],
  ['an ensemble of one, blank', 1, [blank], true],
  ['an ensemble of one, untrusted', 1, [untrusted], false],
  ['one that promised, and one blank one', 3, [promised, blank], false],
  ['one that promised, and a quorum of blank ones', 3, [promised, blank, blank], true],
  ['two that promised', 3, [promised, promised], true],
  ['all of two, one of which promised', 2, [promised, blank], true],
  ['all of four, two of which promised', 4, [promised, promised, blank, blank], true],
  ['three of four, two of which promised', 4, [promised, promised, blank], false],
  ['a quorum of blank ones, and one halfway through a synchronisation', 3, [blank, blank, halfway], false],
] as const)('%s', (_, members, inSight, expected) => {
  const quorum = majority(Array.from({ length: members }, (_, i) => i + 1));
  const credentials = new Map(inSight.map((each, i) => [i + 1, each]));
  expect(isQuorumOfElectorate(quorum, credentials, credentials.keys())).toBe(expected);
});
