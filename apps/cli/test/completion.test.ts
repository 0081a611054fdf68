import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allCommands } from '../src/commands/index.ts';
import { complete } from '../src/completion.ts';
import { scanTokens } from '../src/tokens.ts';
import { MemoryTree, memoryClient } from './memory-client.ts';

const tree = new MemoryTree({
  '/app': '',
  '/app/config': '',
  '/apple': '',
  '/my node': '',
  "/it's": '',
  '/locks': '',
  '/locks/one': '',
});
const client = memoryClient(tree);
const completed = (line: string) =>
  complete(line, allCommands, () => Promise.resolve(client), new AbortController().signal);

test.each([
  ['', expect.arrayContaining(['ls ', 'get ', 'exit ']), ''],
  ['de', ['delete ', 'deleteall ', 'delquota '], 'de'],
  ['nothing', [], 'nothing'],
  ['frobnicate /a', [], '/a'],
  ['get ', ['/'], ''],
  ['get /', ['/app', '/apple', '"/it\'s', '/locks', '"/my node'], '/'],
  ['get /app', ['/app', '/apple'], '/app'],
  ['get /app/', ['/app/config '], '/app/'],
  ['get /lo', ['/locks/'], '/lo'],
  ['get /nope/', [], '/nope/'],
  ['get //', [], '//'],
  ['get /app//', [], '/app//'],
  ['get /my', ['"/my node" '], '/my'],
  ['get "/my', ['"/my node" '], '"/my'],
  ["get '/my", ["'/my node' "], "'/my"],
  ['get /my\\ ', ['"/my node" '], '/my\\ '],
  ["get '/it", [`"/it's" `], "'/it"],
  ['get -s /lo', ['/locks/'], '/lo'],
  ['set -v 3 /lo', ['/locks/'], '/lo'],
  ['set -v ', [], ''],
  ['set /app ', [], ''],
  ['get /app/config ', [], ''],
  ['ls -', ['-s ', '-w ', '-R '], '-'],
  ['lock --w', ['--wait '], '--w'],
  ['lock /locks/one -- /lo', [], '/lo'],
  ['help cr', ['create '], 'cr'],
  ['quit ', [], ''],
])('%j is completed by %j', async (line, candidates, replaced) => {
  expect(await completed(line)).toEqual([candidates, replaced]);
});

test('a tree that cannot be reached completes nothing', async () => {
  const limit = AbortSignal.abort('late');
  const completion = await complete('get /a', allCommands, () => Promise.reject(limit.reason), limit);
  expect(completion).toEqual([[], '/a']);
});

describe('for any input', () => {
  test('a completed path begins with the typed one', async () => {
    const parts = fc.constantFrom('/', 'a', 'app', 'my', ' ', '\\ ', '"', "'", '-', '#', 'get ', 'lo', '\\');
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 6 }), async (typed) => {
        const line = `get ${typed.join('')}`;
        const [candidates, replaced] = await completed(line);
        expect(line.endsWith(replaced)).toBe(true);
        const before = scanTokens(line).tokens.at(-1)?.text ?? '';
        for (const candidate of candidates) {
          const whole = line.slice(0, line.length - replaced.length) + candidate;
          const { tokens } = scanTokens(whole);
          if (replaced !== '' && candidate.includes('/')) {
            expect(tokens.at(-1)?.text.startsWith(before)).toBe(true);
          }
        }
      }),
    );
  });
});
