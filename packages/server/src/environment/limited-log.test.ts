import type { Logger } from 'pino';
import { expect, test } from 'vitest';
import { LimitedLog } from './limited-log.ts';
import { nodeClock } from './node-environment.ts';

test('a limited log writes one line a second, with the number of suppressed ones', () => {
  const lines: unknown[] = [];
  let nowMs = 0;
  const log = new LimitedLog({ warn: (fields: unknown) => lines.push(fields) } as unknown as Logger, {
    ...nodeClock,
    monotonicMs: () => nowMs,
  });
  for (let i = 0; i < 100; i++) log.warn({ i }, 'bad input');
  nowMs = 1_000;
  log.warn({ i: 100 }, 'bad input');
  expect(lines).toEqual([{ i: 0 }, { i: 100, suppressed: 99 }]);
});
