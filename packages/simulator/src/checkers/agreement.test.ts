import { makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { Agreement } from './agreement.ts';

const z = makeZxid;
const txn = (zxid: Zxid, content = `t${zxid}`, digest = `d${zxid}`) => ({ zxid, content, digest });

/** Returns a history in which server 1 leads epoch 1 and has delivered 1:1 to 1:3. */
function begun(): Agreement {
  const agreement = new Agreement();
  agreement.leads(1, 1, ZXID_ZERO);
  for (const counter of [1, 2, 3]) agreement.delivers(1, txn(z(1, counter)));
  return agreement;
}

describe('agreement holds', () => {
  test('when other servers deliver the same later', () => {
    const agreement = begun();
    expect(agreement.delivers(2, txn(z(1, 1)))).toBe(false);
    expect(agreement.hasEverything(2)).toBe(false);
    agreement.delivers(2, txn(z(1, 2)));
    agreement.delivers(2, txn(z(1, 3)));
    expect(agreement.hasEverything(2)).toBe(true);
  });

  test('when a server restarts from its own state or from a snapshot', () => {
    const agreement = begun();
    agreement.stateIs(1, z(1, 2), `d${z(1, 2)}`);
    agreement.delivers(1, txn(z(1, 3)));
    agreement.stateIs(3, z(1, 3), `d${z(1, 3)}`);
    agreement.stateIs(3, ZXID_ZERO, 'empty');
    agreement.delivers(3, txn(z(1, 1)));
  });

  test('when a new epoch continues where the last one ended', () => {
    const agreement = begun();
    agreement.leads(2, 3, z(1, 4));
    agreement.delivers(2, txn(z(1, 1)));
    agreement.delivers(2, txn(z(1, 2)));
    agreement.delivers(2, txn(z(1, 3)));
    // No server had delivered it, but a quorum had it.
    expect(agreement.delivers(2, txn(z(1, 4)))).toBe(true);
    expect(agreement.delivers(2, txn(z(3, 1)))).toBe(true);
    expect(agreement.epochs).toBe(2);
  });

  test('when a leader learns of its quorum after a later leader has delivered', () => {
    const agreement = new Agreement();
    agreement.leads(1, 1, z(0, 0));
    agreement.delivers(1, txn(z(1, 1)));
    agreement.leads(2, 3, z(1, 1));
    agreement.delivers(2, txn(z(1, 1)));
    agreement.delivers(2, txn(z(3, 1)));
    agreement.leads(1, 2, z(1, 1));
    expect(agreement.epochs).toBe(3);
  });
});

test('agreement holds when a leader that was replaced during a pause opens the epoch that a quorum had promised', () => {
  const agreement = begun();
  agreement.leads(2, 3, z(1, 3));
  agreement.stateIs(2, z(1, 3), `d${z(1, 3)}`);
  agreement.delivers(2, txn(z(3, 1)));
  agreement.leads(1, 2, z(1, 3));
  expect(agreement.epochs).toBe(3);
});

describe('agreement is violated', () => {
  test.each<[string, (agreement: Agreement) => void]>([
    ['total order', (a) => a.delivers(2, txn(z(1, 2)))],
    ['total order', (a) => a.delivers(2, txn(z(1, 1), 'something else'))],
    ['equal states', (a) => a.delivers(2, txn(z(1, 1), `t${z(1, 1)}`, 'another state'))],
    ['equal states', (a) => a.stateIs(2, z(1, 2), 'another state')],
    ['primary order', (a) => a.delivers(1, txn(z(1, 5)))],
    ['primary order', (a) => a.delivers(1, txn(z(1, 3)))],
    ['primary order', (a) => a.delivers(1, txn(z(2, 2)))],
    ['primary order', (a) => a.delivers(1, txn(z(0, 1)))],
    ['integrity', (a) => a.delivers(1, txn(z(2, 1)))],
    ['integrity', (a) => a.stateIs(2, z(1, 9), 'd')],
    ['one leader in an epoch', (a) => a.leads(2, 1, z(1, 3))],
    ['one leader in an epoch', (a) => a.leads(1, 1, z(1, 3))],
    ['nothing committed is lost', (a) => a.leads(2, 2, z(1, 2))],
    [
      'total order',
      (a) => {
        a.stateIs(2, z(1, 3), `d${z(1, 3)}`);
        a.leads(2, 3, z(1, 3));
        a.delivers(2, txn(z(3, 1)));
        a.leads(1, 2, z(1, 3));
        a.delivers(1, txn(z(2, 1)));
      },
    ],
  ])('in the property "%s"', (property, act) => {
    const agreement = begun();
    expect(() => act(agreement)).toThrow(expect.objectContaining({ property }));
  });
});
