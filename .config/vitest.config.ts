import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const tests = ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts'];
const integrationTests = [
  'packages/*/{src,test}/**/*.integration.test.ts',
  'apps/*/{src,test}/**/*.integration.test.ts',
];

// Threads and processes that the tests start load their sources from here, with the types stripped already. Without it
// each thread instantiates the type stripper, which is WebAssembly: that takes 300 ms, and V8 may abort a process whose
// threads do so again and again ("Check failed: jit_page.has_value()", seen with Node.js 24).
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../node_modules/.cache/node-compile', import.meta.url),
);

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    pool: 'forks',
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [...tests, 'packages/repository/bootstrap/*.test.mjs', '.config/*.test.ts'],
          exclude: [...configDefaults.exclude, ...integrationTests],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Real processes and real faults: one file at a time and after the rest, so that nothing else competes
          // for the processor while a test measures time.
          name: 'integration',
          include: integrationTests,
          fileParallelism: false,
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
