import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../src/sources/repository.ts';

export { ROOT };

/** A document of the repository. */
export interface Page {
  /** From the root of the repository: `docs/locks.md`. */
  readonly file: string;
  readonly text: string;
}

export function page(file: string): Page {
  return { file, text: readFileSync(join(ROOT, file), 'utf8') };
}

/** The README, everything below `docs/`, the READMEs of packages and apps, and the documents in `.github`. */
export function allPages(): Page[] {
  const readmes = globSync('{packages,apps}/*/README.md', { cwd: ROOT });
  const below = globSync('{docs/**,.github}/*.md', { cwd: ROOT });
  return ['README.md', ...[...below, ...readmes].sort()].map(page);
}

/** What stands between a heading and the next one of its rank or above. Throws when there is no such heading. */
export function section({ file, text }: Page, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${file} has no heading "${heading}"`);
  const rank = heading.indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${rank}} `).test(line));
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The rows of all tables in `text`, without heads and rules; backquotes are taken off a cell that is nothing else. */
export function tableRows(text: string): string[][] {
  const rows: string[][] = [];
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const isHead = /^\|[-| ]+\|$/.test(lines[i + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[-| ]+\|$/.test(line)) continue;
    rows.push(line.split('|').slice(1, -1).map(plain));
  }
  return rows;
}

/** A cell's text, without blanks round it, and without the backquotes of one that is nothing else. */
export function plain(cell: string): string {
  return cell.trim().replace(/^`([^`]*)`$/, '$1');
}
