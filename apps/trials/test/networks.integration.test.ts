import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findEntrance, runEnclosed } from '../src/enclosure.ts';

const LAYER = fileURLToPath(new URL('./lay-networks.ts', import.meta.url));

test('the next network can be laid as soon as one is gone', async ({ signal, skip }) => {
  const entrance = await findEntrance();
  if (!entrance.possible) skip(entrance.reason);
  else expect(await runEnclosed(entrance.flags, [], signal, LAYER)).toBe(0);
});
