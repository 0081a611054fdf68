import { readFile } from 'node:fs/promises';
import type { Member } from '@conclave/testkit';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** What a server has logged since it was started first. A last line that is still being written is left out. */
export async function logOf(member: Member): Promise<LogLine[]> {
  const lines = (await readFile(member.logFile, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : { level: 0, msg: line }));
}

/** How often a server has logged this text. */
export async function timesLogged(member: Member, text: string): Promise<number> {
  return (await logOf(member)).filter(({ msg }) => msg === text).length;
}
