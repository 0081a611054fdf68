import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { sendText } from './text-stream.ts';

const STALLED_MS = 20_000;

function* lines(count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield `line ${i}\n`;
}

test('a long text arrives whole, and other work is done in between', async () => {
  const out = new PassThrough();
  const received = text(out);
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  await sendText(out, lines(200_000), STALLED_MS);
  clearInterval(counting);
  expect(await received).toBe([...lines(200_000)].join(''));
  expect(turns).toBeGreaterThan(5);
});

test('a reader that stops reading pauses the generation of the text, and is cut off in the end', async () => {
  let made = 0;
  function* endless(): Generator<string> {
    for (;;) {
      made++;
      yield 'x'.repeat(1024);
    }
  }
  const out = new Writable({ write: () => {} });
  await sendText(out, endless(), 10);
  expect(out.destroyed).toBe(true);
  expect(made).toBeLessThan(200);
});

test('sending ends when the reader goes away', async () => {
  const out = new Writable({ write: () => {} });
  out.on('error', () => {});
  const sending = sendText(out, lines(1_000_000), STALLED_MS);
  out.destroy();
  await Promise.all([once(out, 'close'), sending]);
});
