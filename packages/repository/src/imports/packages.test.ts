import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../sources/repository.ts';
import { parseFile } from './import-graph.ts';
import { manifestProblems, sourceProblems } from './packages.ts';

describe('the import check', () => {
  const manifest = (
    folder: string,
    dependencies: string[] = [],
    devDependencies: string[] = [],
  ): Manifest => ({
    folder,
    name: `@conclave/${posix.basename(folder)}`,
    dependencies,
    devDependencies,
  });
  const everything = [
    'protocol',
    'zab',
    'tree',
    'storage',
    'client',
    'recipes',
    'server',
    'simulator',
    'testkit',
  ];
  const declared = [...everything.map((name) => `@conclave/${name}`), 'ws'];
  const manifests = [
    ...everything.map((name) => manifest(`packages/${name}`, declared)),
    manifest('apps/cli', declared),
    manifest('apps/bench', declared),
    manifest('apps/examples', declared),
    { ...manifest('apps/server', declared), name: '@conclave/conclaved' },
  ];
  const check = (file: string, source: string) => sourceProblems(parseFile({ file, source }), manifests);

  test.each([
    { file: 'packages/protocol/src/a.ts', imported: '@conclave/tree' },
    { file: 'packages/zab/src/a.ts', imported: '@conclave/tree' },
    { file: 'packages/zab/src/deep/a.ts', imported: '@conclave/storage' },
    { file: 'packages/tree/src/a.ts', imported: '@conclave/zab' },
    { file: 'packages/tree/src/a.test.ts', imported: '@conclave/server' },
    { file: 'packages/storage/src/a.ts', imported: '@conclave/tree' },
    { file: 'packages/client/src/a.ts', imported: '@conclave/server' },
    { file: 'packages/client/src/a.ts', imported: '@conclave/recipes' },
    { file: 'packages/recipes/src/a.ts', imported: '@conclave/protocol' },
    { file: 'packages/server/src/a.ts', imported: '@conclave/client' },
    { file: 'packages/server/src/a.ts', imported: '@conclave/simulator' },
    { file: 'packages/server/src/a.ts', imported: '@conclave/conclaved' },
    { file: 'packages/server/src/a.ts', imported: '@conclave/testkit' },
    { file: 'apps/server/src/a.ts', imported: '@conclave/zab' },
    { file: 'apps/cli/src/a.ts', imported: '@conclave/server' },
    { file: 'apps/bench/src/a.ts', imported: '@conclave/storage' },
    { file: 'apps/examples/src/a.ts', imported: '@conclave/cli' },
  ])('finds $imported in $file', ({ file, imported }) => {
    expect(check(file, `import { x } from '${imported}';`)).toEqual([
      `${file}: imports ${imported}, against the direction`,
    ]);
  });

  test.each([
    { file: 'packages/zab/src/a.ts', imported: '@conclave/protocol' },
    { file: 'packages/recipes/src/a.ts', imported: '@conclave/client' },
    { file: 'packages/server/src/a.ts', imported: '@conclave/zab' },
    { file: 'packages/simulator/src/a.ts', imported: '@conclave/server' },
    { file: 'packages/client/src/a.ts', imported: 'ws' },
    { file: 'packages/client/src/a.ts', imported: 'node:net' },
    { file: 'packages/zab/src/a.test.ts', imported: 'node:fs' },
    { file: 'packages/zab/src/a.test.ts', imported: 'fast-check' },
    { file: 'packages/client/src/a.test.ts', imported: '@conclave/testkit' },
    { file: 'packages/zab/src/a.ts', imported: './b.ts' },
    { file: 'packages/zab/src/deep/a.ts', imported: '../b.ts' },
    { file: 'apps/examples/src/a.ts', imported: '@conclave/server' },
  ])('allows $imported in $file', ({ file, imported }) => {
    expect(check(file, `import { x } from '${imported}';`)).toEqual([]);
  });

  test.each([
    { name: 'a type', source: "import type { X } from '@conclave/zab';" },
    { name: 'nothing but its effects', source: 'import "@conclave/zab";' },
    { name: 'several lines', source: "import {\n  a,\n  // b\n  c,\n} from\n  '@conclave/zab';" },
    { name: 'what it exports again', source: "export * from '@conclave/zab';" },
    { name: 'a call', source: "const zab = await import('@conclave/zab');" },
    { name: 'a type, in place', source: "let x: import('@conclave/zab').X;" },
    { name: 'a part of it', source: "import { x } from '@conclave/zab/src/peer.ts';" },
    { name: 'a call of CommonJS', source: "const zab = require('@conclave/zab');" },
    { name: 'a template', source: `\`\${await import('@conclave/zab')}\`;` },
    { name: 'what follows a template', source: `const a = \`a\${{ b: \`c\` }.b}\`; import '@conclave/zab';` },
    { name: 'what follows a regular expression', source: "const a = /['`]/; import '@conclave/zab';" },
  ])('sees an import of $name', ({ source }) => {
    const file = 'packages/tree/src/a.test.ts';
    expect(check(file, source)).toEqual([`${file}: imports @conclave/zab, against the direction`]);
  });

  test.each([
    { name: 'a comment', source: "// import '@conclave/zab'" },
    { name: 'a longer comment', source: "/* import '@conclave/zab'; new Date(); await it */" },
    {
      name: 'a docstring',
      source: "/** Not a Promise, nor a `Date`: it's no clock. */\nexport const a = 1;",
    },
    {
      name: 'the address of a program',
      source: "spawn(new URL('../../../apps/server/src/main.ts', import.meta.url).pathname);",
    },
    { name: 'a message', source: 'const a = "import \'@conclave/zab\'; Date and Promise";' },
    { name: 'a template', source: `const a = \`import "@conclave/zab"; \${b / c} Date.now() \${d / e}\`;` },
    {
      name: 'a name between two parts of a template',
      source: `const a = \`\${import.meta.b}\${from}..\${to}\`;`,
    },
    { name: 'a regular expression', source: 'const a = /[/"]import "@conclave\\/zab"; Date/;' },
    { name: 'a member of that name', source: "a.from('@conclave/zab'); a.Date; a.async; a.process.b;" },
    { name: 'part of a name', source: 'const updated = lastDate + asyncs + PromiseLike + isProcess;' },
  ])('is not misled by $name', ({ source }) => {
    expect(check('packages/tree/src/a.ts', source)).toEqual([]);
  });

  test.each([
    "import { x } from '../../zab/src/peer.ts';",
    "import { x } from '../../../package.json';",
    "import { x } from '../../protocol-extras/a.ts';",
    "export * from '/packages/tree/src/a.ts';",
    "new Worker(new URL('../../storage/src/worker.ts', import.meta.url));",
  ])('finds an import that leaves its package: %s', (source) => {
    expect(check('packages/protocol/src/a.ts', source)).toEqual([
      expect.stringContaining('which lies outside of its package'),
    ]);
  });

  test.each(['protocol', 'recipes', 'zab', 'tree'])('finds a module of Node in %s', (name) => {
    const file = `packages/${name}/src/a.ts`;
    expect(check(file, "import { readFile } from 'node:fs/promises';")).toEqual([
      `${file}: imports node:fs/promises, a part of Node`,
    ]);
    expect(check(file, "import os from 'os';")).toEqual([`${file}: imports os, a part of Node`]);
  });

  test.each([
    'const now = Date.now();',
    'const at = new Date();',
    'const dice = Math.random();',
    'const dice = Math\n  .random();',
    'setTimeout(tick, 10);',
    'setInterval(tick, 10);',
    'setImmediate(tick);',
    'queueMicrotask(tick);',
    'function later(): Promise<void> {}',
    'async function later() {}',
    'const f = async () => {};',
    'for await (const x of y) {}',
    'const t = performance.now();',
    'const id = crypto.randomUUID();',
    'const id = process.pid;',
    'names.sort((a, b) => a.localeCompare(b));',
    'const text = count.toLocaleString();',
    'const format = new Intl.NumberFormat();',
    `const text = \`at \${new Date()}\`;`,
  ])('finds code that is not deterministic: %s', (source) => {
    for (const name of ['zab', 'tree']) {
      const problems = check(`packages/${name}/src/a.ts`, source);
      expect(problems).not.toEqual([]);
      for (const problem of problems) expect(problem).toContain('which is not deterministic');
    }
    expect(check('packages/zab/src/a.test.ts', source)).toEqual([]);
    expect(check('packages/server/src/a.ts', source)).toEqual([]);
  });

  test('finds an import that package.json does not declare', () => {
    const bare = [manifest('packages/protocol'), manifest('packages/client', ['ws'], ['@conclave/protocol'])];
    const checkBare = (file: string, source: string) => sourceProblems(parseFile({ file, source }), bare);
    const source = "import { x } from '@conclave/protocol';";
    expect(checkBare('packages/client/src/a.ts', source)).toEqual([
      'packages/client/src/a.ts: imports @conclave/protocol, which its package.json does not declare',
    ]);
    expect(checkBare('packages/client/src/a.test.ts', source)).toEqual([]);
    expect(checkBare('packages/client/src/a.ts', "import fc from 'fast-check';")).toEqual([
      'packages/client/src/a.ts: imports fast-check, which its package.json does not declare',
    ]);
    expect(checkBare('packages/client/src/a.ts', "import { nanoid } from 'ws/deep';")).toEqual([]);
  });

  test('finds manifests against the direction, and packages that no rule knows', () => {
    const zab = manifest('packages/zab', ['@conclave/tree', '@conclave/cli'], ['@conclave/simulator']);
    const extra = manifest('packages/extra');
    const bench = manifest('apps/bench', ['@conclave/cli', '@conclave/tree']);
    const all = [
      zab,
      extra,
      bench,
      manifest('packages/tree'),
      manifest('apps/cli'),
      manifest('packages/simulator'),
    ];
    expect(manifestProblems(zab, all)).toEqual([
      'packages/zab/package.json: depends on @conclave/tree, against the direction',
      'packages/zab/package.json: depends on @conclave/cli, against the direction',
    ]);
    expect(manifestProblems(bench, all)).toEqual([
      'apps/bench/package.json: depends on @conclave/tree, against the direction',
    ]);
    expect(manifestProblems(extra, all)).toEqual(['packages/extra: no rule says what it may import']);
  });

  test('finds a file that belongs to no package', () => {
    expect(check('packages/nowhere/src/a.ts', '')).toEqual([
      'packages/nowhere/src/a.ts: belongs to no package',
    ]);
  });
});
