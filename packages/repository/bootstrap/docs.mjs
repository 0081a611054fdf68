import { install } from './install.mjs';
import { projectNode, reportError, run } from './toolchain.mjs';

// `npm run docs`: the API reference.
try {
  await install();
  process.exitCode = await run(projectNode, ['packages/reference/src/main.ts']);
} catch (error) {
  reportError(error);
  process.exitCode = 1;
}
