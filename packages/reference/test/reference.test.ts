import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildReference } from '../src/reference.ts';
import { fixture } from './fixture/package.ts';

const folder = mkdtempSync(join(tmpdir(), 'conclave-reference-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the API reference has a docstring for every public name, and no link that leads nowhere', {
  timeout: 120_000,
}, async () => {
  expect(await buildReference(folder)).toEqual([]);
});

describe('the check of the API reference', async () => {
  const problems = (await buildReference(undefined, [fixture])).join('\n');

  test.each([
    ['a public name without a docstring', 'silent (CallSignature)'],
    ['a link that leads nowhere', 'Failed to resolve link to "nothing"'],
    ['a type that is mentioned and not exported', 'Hidden, defined in'],
    ['an option without a description', 'SomeOptions.waitMs is an option without a description'],
  ])('finds %s', (_, text) => {
    expect(problems).toContain(text);
  });
});
