import { type Acl, Permission } from '@conclave/client';
import { UsageError } from './usage-error.ts';

/** zkCli's letters, in its order. */
const LETTERS: readonly (readonly [letter: string, permission: number])[] = [
  ['c', Permission.create],
  ['d', Permission.delete],
  ['r', Permission.read],
  ['w', Permission.write],
  ['a', Permission.admin],
];

/**
 * Reads entries `scheme:id:permissions`, separated by commas, as zkCli writes them. An id may contain colons. Throws
 * `UsageError`.
 */
export function parseAcl(text: string): Acl[] {
  return text.split(',').map((entry) => {
    const first = entry.indexOf(':');
    const last = entry.lastIndexOf(':');
    if (first < 1 || first === last) {
      throw new UsageError(`acl: ${JSON.stringify(entry)} is not scheme:id:permissions`);
    }
    return {
      scheme: entry.slice(0, first),
      id: entry.slice(first + 1, last),
      permissions: parsePermissions(entry.slice(last + 1)),
    };
  });
}

/** Formats an entry so that `parseAcl` reads it back. */
export function formatAcl({ scheme, id, permissions }: Acl): string {
  const letters = LETTERS.filter(([, permission]) => (permissions & permission) !== 0);
  return `${scheme}:${id}:${letters.map(([letter]) => letter).join('')}`;
}

function parsePermissions(letters: string): number {
  let permissions = 0;
  for (const letter of letters) {
    const permission = LETTERS.find(([known]) => known === letter)?.[1];
    if (permission === undefined) {
      throw new UsageError(`acl: no permission ${JSON.stringify(letter)}; the permissions are c d r w a`);
    }
    permissions |= permission;
  }
  return permissions;
}
