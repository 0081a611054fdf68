import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedPackages, ROOT } from '../src/packages.ts';
import { publicTypes } from '../src/public-types.ts';

const packages = publishedPackages();
const types = publicTypes(packages);

test.each(packages)('the public types of $name are those in its public-types.txt', async ({ folder }) => {
  await expect(types.get(folder)).toMatchFileSnapshot(
    join(ROOT, folder, 'public-types.txt'),
    'if the change is meant, run: npm run vitest -- run --project unit packages/reference --update',
  );
});
