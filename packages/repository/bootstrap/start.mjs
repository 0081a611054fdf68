import { install } from './install.mjs';
import { projectNode, reportError, run } from './toolchain.mjs';

// `npm start`: a local ensemble and its shell. Arguments after `--` go to the ensemble.
try {
  await install();
  process.exitCode = await run(projectNode, ['apps/server/src/local-ensemble.ts', ...process.argv.slice(2)]);
} catch (error) {
  reportError(error);
  process.exitCode = 1;
}
