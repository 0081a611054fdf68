import { join } from 'node:path';
import { ROOT } from './packages.ts';
import { buildReference } from './reference.ts';

// `npm run docs`: writes the API reference to a folder that git ignores.
const out = join(ROOT, 'packages/reference/dist');
const problems = await buildReference(out);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`Open ${join(out, 'index.html')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
