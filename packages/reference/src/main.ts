import { join } from 'node:path';
import { ROOT } from './packages.ts';
import { buildReference } from './reference.ts';

// `npm run docs`: writes the API reference to docs/api, which git ignores.
const out = join(ROOT, 'docs/api');
const problems = await buildReference(out);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write(`${join(out, 'index.html')}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
