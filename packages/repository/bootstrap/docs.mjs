import { install } from './install.mjs';
import { BootstrapError, projectNode, reportError, run } from './toolchain.mjs';

// `npm run docs`: the API reference.
try {
  const [surplus] = process.argv.slice(2);
  if (surplus !== undefined) throw new BootstrapError(`npm run docs takes no arguments, not "${surplus}".`);
  await install();
  process.exitCode = await run(projectNode, ['packages/reference/src/main.ts']);
} catch (error) {
  reportError(error);
  process.exitCode = 1;
}
