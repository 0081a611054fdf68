import { install } from './install.mjs';
import { pnpm, reportError } from './toolchain.mjs';

// `npm run build`: the `dist` of every package. Arguments after `--` go to turbo.
try {
  await install();
  process.exitCode = await pnpm(['exec', 'turbo', 'run', 'build', ...process.argv.slice(2)]);
} catch (error) {
  reportError(error);
  process.exitCode = 1;
}
