import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { ROOT } from './documents/pages.ts';

test('every package has the version that the programs print', () => {
  const manifests = globSync('{package.json,{packages,apps}/*/package.json}', { cwd: ROOT });
  expect(manifests.length).toBeGreaterThan(10);
  for (const file of manifests) {
    expect(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).version, file).toBe(VERSION);
  }
});
