import { makeZxid, type Zxid } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contenderNumberAt } from './contender-name.ts';
import { Contender, type ContenderNode, compareContenders, Line } from './line.ts';
import { NO_OWNER } from './node-owner.ts';
import { ZnodeRole } from './znode-role.ts';

function contender(name: string, czxid: Zxid): Contender<ContenderNode> {
  return new Contender({ name, czxid, owner: 1, role: ZnodeRole.contender }, contenderNumberAt(name));
}

function emptyLine(): Line<ContenderNode> {
  const parent = { name: 'l', czxid: makeZxid(1, 1), owner: NO_OWNER, role: ZnodeRole.plain };
  return new Line<ContenderNode>(parent, makeZxid(1, 1));
}

test('head, size and positions are those of a plain list', () => {
  const step = fc.record({ leave: fc.boolean(), at: fc.nat(), many: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = emptyLine();
      const twin: Contender<ContenderNode>[] = [];
      let counter = 0;
      for (const { leave, at, many } of steps) {
        for (let i = 0; i < many; i++) {
          if (leave && twin.length > 0) {
            const [gone] = twin.splice(at % twin.length, 1);
            if (gone !== undefined) line.remove(gone);
          } else {
            counter++;
            const joined = contender(
              `p${counter}-lock-${String(counter).padStart(10, '0')}`,
              makeZxid(1, counter),
            );
            twin.push(joined);
            line.add(joined);
          }
        }
        expect(line.size).toBe(twin.length);
        expect(line.head).toBe(twin[0]);
        const asked = twin[at % Math.max(twin.length, 1)];
        if (asked !== undefined) expect(line.positionOf(asked)).toBe(at % twin.length);
      }
      expect(twin.map((standing) => line.positionOf(standing))).toEqual(twin.map((_, i) => i));
    }),
  );
});

test('within one transaction the numbers decide, across the overflow too', () => {
  const zxid = makeZxid(1, 5);
  const names = ['a-lock-0000000004', 'b-lock--2147483648', 'c-lock-2147483647', 'a-lock-0000000002'];
  const line = emptyLine();
  const standing = names.map((name) => contender(name, zxid));
  for (const each of standing) line.add(each);
  const order = standing.toSorted((a, b) => line.positionOf(a) - line.positionOf(b));
  expect(order.map(({ node }) => node.name)).toEqual([names[3], names[0], names[2], names[1]]);
  expect(line.head).toBe(standing[3]);
});

test('a line has the order of a sorted list, even if contenders come out of order', () => {
  const newcomer = fc.record({ number: fc.nat({ max: 1000 }), leave: fc.boolean(), at: fc.nat() });
  const transaction = fc.record({
    newcomers: fc.array(newcomer, { maxLength: 90 }),
    isAsked: fc.boolean(),
    at: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 8 }), (transactions) => {
      const line = emptyLine();
      const twin: Contender<ContenderNode>[] = [];
      let counter = 0;
      let zxid = 0;
      for (const { newcomers, isAsked, at } of transactions) {
        zxid++;
        for (const { number, leave, at: leaver } of newcomers) {
          if (leave && twin.length > 0) {
            const [gone] = twin.splice(leaver % twin.length, 1);
            if (gone !== undefined) line.remove(gone);
          } else {
            const name = `p${++counter}-lock-${String(number).padStart(10, '0')}`;
            const joined = contender(name, makeZxid(1, zxid));
            twin.push(joined);
            line.add(joined);
          }
        }
        if (!isAsked) continue;
        twin.sort((a, b) => compareContenders(a.node, b.node));
        expect(line.size).toBe(twin.length);
        expect(line.head).toBe(twin[0]);
        const asked = twin[at % Math.max(twin.length, 1)];
        if (asked !== undefined) expect(line.positionOf(asked)).toBe(at % twin.length);
      }
      twin.sort((a, b) => compareContenders(a.node, b.node));
      expect(line.head).toBe(twin[0]);
      expect(twin.map((standing) => line.positionOf(standing))).toEqual(twin.map((_, i) => i));
    }),
  );
});

test('newcomers that come out of order and leave again cost the others nothing', () => {
  const line = emptyLine();
  let looks = 0;
  for (let i = 0; i < 1000; i++) {
    const standing = contender(`a-lock-${String(i).padStart(10, '0')}`, makeZxid(1, 5));
    const { czxid } = standing.node;
    Object.defineProperty(standing.node, 'czxid', {
      get() {
        looks++;
        return czxid;
      },
    });
    line.add(standing);
  }
  looks = 0;
  for (let i = 0; i < 100; i++) {
    const pair = ['2', '1'].map((number) => contender(`b-lock-${number.padStart(10, '0')}`, makeZxid(1, 6)));
    for (const each of pair) line.add(each);
    for (const each of pair) line.remove(each);
  }
  expect(looks).toBeLessThan(1000);
  expect(line.head?.node.name).toBe('a-lock-0000000000');
});

test('many newcomers that come out of order are sorted once', () => {
  const many = 4096;
  const line = emptyLine();
  let looks = 0;
  for (let i = 0; i < many; i++) {
    const joined = contender(`a-lock-${String((i * 1021) % many).padStart(10, '0')}`, makeZxid(1, 5));
    const { czxid } = joined.node;
    Object.defineProperty(joined.node, 'czxid', {
      get() {
        looks++;
        return czxid;
      },
    });
    line.add(joined);
  }
  expect(line.head?.node.name).toBe('a-lock-0000000000');
  expect(looks).toBeLessThan(4 * many * Math.log2(many));
});

test('a newcomer stands behind the holder whatever its number', () => {
  const line = emptyLine();
  const holder = contender('a-lock-2147483647', makeZxid(1, 5));
  line.add(holder);
  line.add(contender('b-lock--2147483648', makeZxid(1, 6)));
  line.add(contender('c-lock-0000000000', makeZxid(1, 7)));
  expect(line.head).toBe(holder);
});

test('a contender is found by its session and prefix, for as long as it stands', () => {
  const line = emptyLine();
  const standing = contender('a-lock-0000000001', makeZxid(1, 5));
  line.add(standing);
  expect(line.joinedBy(1, 'a-lock-')).toBe(standing);
  expect(line.joinedBy(2, 'a-lock-')).toBeUndefined();
  line.remove(standing);
  expect(line.joinedBy(1, 'a-lock-')).toBeUndefined();
});
