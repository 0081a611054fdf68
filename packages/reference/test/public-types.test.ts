import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedPackages, ROOT } from '../src/packages.ts';
import { publicTypes } from '../src/public-types.ts';
import { fixture } from './fixture/package.ts';

const packages = publishedPackages();
const types = publicTypes(packages);

test.each(packages)('the public types of $name are those in its public-types.txt', async ({ folder }) => {
  await expect(types.get(folder)).toMatchFileSnapshot(
    join(ROOT, folder, 'public-types.txt'),
    'if the change is meant, run: npm run vitest -- run --project unit packages/reference --update',
  );
});

test('a listing has types that are mentioned and not exported, and nothing that only a class itself can use', () => {
  expect(publicTypes([fixture]).get(fixture.folder)).toMatchInlineSnapshot(`
    "// The public types of @conclave/fixture. This file is generated, and a test compares it with the sources.

    export declare class Handle {
        readonly name: string;
        get isOpen(): boolean;
    }

    export declare function hidden(): Hidden;

    export declare function linked(): void;

    export declare function silent(): void;

    export interface SomeOptions {
        readonly waitMs: number;
    }

    // Mentioned above, and not exported:

    interface Hidden {
        readonly field?: string;
    }
    "
  `);
});
