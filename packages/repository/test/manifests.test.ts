import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { VERSION } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../src/sources/repository.ts';

const files = globSync('{package.json,{packages,apps}/*/package.json}', { cwd: ROOT });

test('the manifests of all packages are read', () => {
  expect(files.length).toBeGreaterThan(10);
});

describe.each(files)('%s', (file) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

  test('has the version that the programs print', () => {
    expect(manifest.version).toBe(VERSION);
  });

  test('has a script that runs the tests where one stands', () => {
    const [, script = ''] = /^exec "\$npm_node_execpath" (\S+)$/.exec(manifest.scripts.test) ?? [];
    expect(posix.join(posix.dirname(file), script)).toBe('packages/repository/bootstrap/test.mjs');
  });
});
