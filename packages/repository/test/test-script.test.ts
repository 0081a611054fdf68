import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documents/pages.ts';

test.each(globSync('{packages,apps}/*/package.json', { cwd: ROOT }).sort())(
  'the test script of %s finds the program that runs tests',
  (file) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const [, program = ''] = /^exec "\$npm_node_execpath" (\S+)$/.exec(scripts?.test) ?? [];
    expect(join(dirname(file), program)).toBe('packages/repository/bootstrap/test.mjs');
  },
);
