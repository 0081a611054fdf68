import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findEntrance, runEnclosed } from '../src/enclosure.ts';

const CREATOR = fileURLToPath(new URL('./create-networks.ts', import.meta.url));

test('a network can be created as soon as the one before it is deleted', async ({ signal, skip }) => {
  const entrance = await findEntrance();
  if (!entrance.possible) skip(entrance.reason);
  else expect(await runEnclosed(entrance.flags, [], signal, CREATOR)).toBe(0);
});
