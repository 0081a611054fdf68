import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { connect } from '@conclave/client';
import { conclaveEnsemble, temporaryDirectory } from '@conclave/testkit';
import { expect, test } from 'vitest';
import { page, ROOT } from './pages.ts';
import { moduleOf, snippetsOf } from './snippets.ts';

test('the example of the README takes the lock, writes once a run and gives the lock back', async () => {
  await using directory = await temporaryDirectory();
  await using ensemble = await conclaveEnsemble();
  await ensemble.serve();
  const snippet = snippetsOf(page('README.md')).find(({ code }) => code.includes('mutex('));
  expect(snippet).toBeDefined();
  if (snippet === undefined) return;
  const servers = `conclave://${ensemble.members.map(({ webPort }) => `127.0.0.1:${webPort}`).join(',')}`;
  const file = join(directory.path, 'example.ts');
  writeFileSync(file, withSources(moduleOf(snippet)).replace(/'conclave:\/\/[^']*'/, `'${servers}'`));
  for (let run = 0; run < 2; run++) await promisify(execFile)(process.execPath, [file]);
  await using client = await connect({ servers: ensemble.webServers });
  expect((await client.children('/billing/runs')).children).toHaveLength(2);
  expect((await client.children('/locks/billing')).children).toEqual([]);
});

/** A temporary folder has no `node_modules`. */
function withSources(code: string): string {
  return code.replaceAll(/from '@conclave\/(\w+)'/g, (_, name: string) => {
    return `from '${pathToFileURL(join(ROOT, 'packages', name, 'src/index.ts'))}'`;
  });
}
