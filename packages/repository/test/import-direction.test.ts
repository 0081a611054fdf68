import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The arrows between the packages: apps → recipes → client → protocol and server → {zab, tree, storage, protocol}.
 * A folder that is not in this table may not exist below `packages/`; an app that is not may import any package.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/zab': ['protocol'],
  'packages/tree': ['protocol'],
  'packages/storage': ['protocol'],
  'packages/client': ['protocol'],
  'packages/recipes': ['client'],
  'packages/server': ['zab', 'tree', 'storage', 'protocol'],
  'packages/reference': [],
  'packages/testkit': [],
  'packages/conformance': ['client', 'testkit'],
  'packages/repository': [],
  'packages/simulator': ['zab', 'tree', 'storage', 'protocol', 'server', 'client', 'recipes', 'testkit'],
  'apps/server': ['server', 'client', 'recipes', 'protocol'],
  'apps/cli': ['client', 'recipes', 'protocol'],
  'apps/bench': ['client', 'recipes', 'protocol', 'testkit'],
  'apps/trials': ['client', 'recipes', 'protocol', 'server', 'simulator', 'testkit'],
};

/** Tests of any package may use it, though the package itself may not. */
const TEST_KIT = 'packages/testkit';

/** Runs in browsers as it stands, or is given everything that touches the world: nothing of Node's may be imported. */
const WITHOUT_NODE = ['packages/protocol', 'packages/recipes', 'packages/zab', 'packages/tree'];

/** Computes the same on every server and in every replay: no clock, no chance, no waiting, no locale. */
const DETERMINISTIC = ['packages/zab', 'packages/tree'];
const NOT_DETERMINISTIC = [
  /(?<![.\w$])Date\b/,
  /(?<![.\w$])Math\s*\.\s*random\b/,
  /(?<![.\w$])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
  /(?<![.\w$])(?:Promise|async|await)\b/,
  /(?<![.\w$])(?:performance|crypto|process)\s*\./,
  /(?<![.\w$])Intl\b/,
  /\.\s*(?:localeCompare|toLocale\w+)\b/,
];

interface SourceFile {
  /** From the root of the repository: `packages/zab/src/peer.ts`. */
  readonly file: string;
  readonly source: string;
}

interface Manifest {
  /** `packages/zab`. */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

function manifestProblems(manifest: Manifest, all: readonly Manifest[]): string[] {
  const { folder, dependencies } = manifest;
  if (folder.startsWith('packages/') && MAY_IMPORT[folder] === undefined) {
    return [`${folder}: no rule says what it may import`];
  }
  return dependencies.flatMap((name) => {
    const target = all.find((other) => other.name === name);
    if (target === undefined || mayImport(folder, target.folder)) return [];
    // It may well start the other's program.
    const betweenApps = folder.startsWith('apps/') && target.folder.startsWith('apps/');
    return betweenApps ? [] : [`${folder}/package.json: depends on ${name}, against the direction`];
  });
}

function sourceProblems({ file, source }: SourceFile, all: readonly Manifest[]): string[] {
  const manifest = all.find(({ folder }) => file.startsWith(`${folder}/`));
  if (manifest === undefined) return [`${file}: belongs to no package`];
  const { folder } = manifest;
  const isTest = file.endsWith('.test.ts');
  const masked = maskLiterals(source);
  const problems: string[] = [];
  for (const specifier of importsOf(masked)) {
    const problem = importProblem(specifier, file, isTest, manifest, all);
    if (problem !== undefined) problems.push(`${file}: ${problem}`);
  }
  if (DETERMINISTIC.includes(folder) && !isTest) {
    for (const pattern of NOT_DETERMINISTIC) {
      const [match] = masked.code.match(pattern) ?? [];
      if (match !== undefined) problems.push(`${file}: uses ${match}, which is not deterministic`);
    }
  }
  return problems;
}

function importProblem(
  specifier: string,
  file: string,
  isTest: boolean,
  manifest: Manifest,
  all: readonly Manifest[],
): string | undefined {
  const { folder, dependencies, devDependencies } = manifest;
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const target = posix.join(posix.dirname(file), specifier);
    const inside = specifier.startsWith('.') && target.startsWith(`${folder}/`);
    return inside ? undefined : `imports ${specifier}, which lies outside of its package`;
  }
  if (isBuiltin(specifier)) {
    return WITHOUT_NODE.includes(folder) && !isTest ? `imports ${specifier}, a part of Node` : undefined;
  }
  const name = packageName(specifier);
  const target = all.find((other) => other.name === name);
  const forTests = isTest && target?.folder === TEST_KIT;
  if (target !== undefined && target !== manifest && !forTests && !mayImport(folder, target.folder)) {
    return `imports ${name}, against the direction`;
  }
  // The tests' own tools stand in the manifest of the repository.
  const declared = isTest
    ? target === undefined || dependencies.includes(name) || devDependencies.includes(name)
    : dependencies.includes(name);
  return declared ? undefined : `imports ${name}, which its package.json does not declare`;
}

function mayImport(folder: string, target: string): boolean {
  if (!target.startsWith('packages/')) return false;
  const allowed = MAY_IMPORT[folder];
  return allowed === undefined || allowed.includes(target.slice('packages/'.length));
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

interface Masked {
  /** The source without comments, each literal put as its number in `literals`: `from "3"`, `"4"+(name)+"5"`. */
  readonly code: string;
  readonly literals: readonly string[];
}

function importsOf({ code, literals }: Masked): string[] {
  const patterns = [
    /(?<![.\w$])from\s*"(\d+)"/g,
    /(?<![.\w$])import\s*\(?\s*"(\d+)"/g,
    /(?<![.\w$])require\s*\(\s*"(\d+)"/g,
    // A worker's file belongs to the program that starts it; other addresses may name programs of their own.
    /\bnew\s+Worker\s*\(\s*new\s+URL\s*\(\s*"(\d+)"/g,
  ];
  return patterns.flatMap((pattern) =>
    Array.from(code.matchAll(pattern), ([, number]) => literals[Number(number)] ?? ''),
  );
}

/** Tells code from comments, strings and regular expressions, so that neither a comment nor a message is taken for code. */
function maskLiterals(source: string): Masked {
  const literals: string[] = [];
  let code = '';
  let at = 0;
  /** For each `${` that is open, how many braces are open within it. */
  const templates: number[] = [];

  const literal = (start: number, end: number) => {
    code += `"${literals.push(source.slice(start, end)) - 1}"`;
  };
  /** From behind a backtick, or behind the brace that closed a `${`, to the next `${` or the closing backtick. */
  const template = () => {
    const start = at;
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at)) {
      at += source[at] === '\\' ? 2 : 1;
    }
    literal(start, at);
    if (source[at] === '`') at++;
    else {
      at += 2;
      code += '+(';
      templates.push(0);
    }
  };

  while (at < source.length) {
    const letter = source.charAt(at);
    const open = templates.at(-1);
    if (source.startsWith('//', at)) {
      at = indexOrEnd(source, '\n', at);
    } else if (source.startsWith('/*', at)) {
      at = indexOrEnd(source, '*/', at + 2) + 2;
      code += ' ';
    } else if (letter === "'" || letter === '"' || (letter === '/' && startsRegExp(code))) {
      const end = closingOf(source, at);
      literal(at + 1, end);
      at = end + 1;
    } else if (letter === '`') {
      at++;
      template();
    } else if (letter === '}' && open === 0) {
      templates.pop();
      at++;
      code += ')+';
      template();
    } else {
      if (open !== undefined && letter === '{') templates[templates.length - 1] = open + 1;
      if (open !== undefined && letter === '}') templates[templates.length - 1] = open - 1;
      code += letter;
      at++;
    }
  }
  return { code, literals };
}

function indexOrEnd(source: string, wanted: string, from: number): number {
  const found = source.indexOf(wanted, from);
  return found === -1 ? source.length : found;
}

function closingOf(source: string, start: number): number {
  const quote = source[start];
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    const letter = source[at];
    if (letter === '\\') at++;
    else if (quote === '/' && letter === '[') inClass = true;
    else if (quote === '/' && letter === ']') inClass = false;
    else if (letter === quote && !inClass) return at;
  }
  return source.length;
}

/** After a value a slash divides, anywhere else it opens a regular expression. */
function startsRegExp(codeBefore: string): boolean {
  const before = codeBefore.trimEnd();
  return !/[\w$)\]}"]$/.test(before) || /(?<![.\w$])(?:return|typeof|case|in|of|void)$/.test(before);
}

const root = new URL('../../../', import.meta.url).pathname;

function readManifests(): Manifest[] {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(`${root}${parent}`).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(`${root}${folder}/package.json`))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
      const { name, dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest;
      return {
        folder,
        name,
        dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
        devDependencies: Object.keys(devDependencies),
      };
    });
}

function readSources(manifests: readonly Manifest[]): SourceFile[] {
  return manifests.flatMap(({ folder }) => {
    const src = `${root}${folder}/src`;
    if (!existsSync(src)) return [];
    return readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
      .map((name) => ({
        file: posix.join(folder, 'src', name),
        source: readFileSync(`${src}/${name}`, 'utf8'),
      }));
  });
}

describe('this repository', () => {
  const manifests = readManifests();
  const sources = readSources(manifests);

  test('is there to be checked', () => {
    expect(manifests.map(({ name }) => name)).toContain('@conclave/protocol');
    expect(sources.map(({ file }) => file)).toContain('packages/protocol/src/index.ts');
  });

  test('has manifests that follow the direction', () => {
    expect(manifests.flatMap((manifest) => manifestProblems(manifest, manifests))).toEqual([]);
  });

  test('has imports that follow the direction', () => {
    expect(sources.flatMap((source) => sourceProblems(source, manifests))).toEqual([]);
  });
});

describe('the check', () => {
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
  const check = (file: string, source: string) => sourceProblems({ file, source }, manifests);

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
  ])('finds that it leaves the package: %s', (source) => {
    expect(check('packages/protocol/src/a.ts', source)).toEqual([
      expect.stringContaining('which lies outside of its package'),
    ]);
  });

  test.each(['protocol', 'recipes', 'zab', 'tree'])('finds Node in %s', (name) => {
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
  ])('finds what is not deterministic: %s', (source) => {
    for (const name of ['zab', 'tree']) {
      const problems = check(`packages/${name}/src/a.ts`, source);
      expect(problems).not.toEqual([]);
      for (const problem of problems) expect(problem).toContain('which is not deterministic');
    }
    expect(check('packages/zab/src/a.test.ts', source)).toEqual([]);
    expect(check('packages/server/src/a.ts', source)).toEqual([]);
  });

  test('finds what is not declared', () => {
    const bare = [manifest('packages/protocol'), manifest('packages/client', ['ws'], ['@conclave/protocol'])];
    const checkBare = (file: string, source: string) => sourceProblems({ file, source }, bare);
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

  test('finds a file of no package', () => {
    expect(check('packages/nowhere/src/a.ts', '')).toEqual([
      'packages/nowhere/src/a.ts: belongs to no package',
    ]);
  });
});
