import { readFile } from 'node:fs/promises';
import { type Member, until } from '@conclave/testkit';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/**
 * The log of a server since its first start. The server writes each line a moment after the event. A last line that is
 * still being written is left out.
 */
export async function logOf(member: Member): Promise<LogLine[]> {
  const lines = (await readFile(member.logFile, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : { level: 0, msg: line }));
}

/** How often a server has logged this text. */
export async function timesLogged(member: Member, text: string): Promise<number> {
  return (await logOf(member)).filter(({ msg }) => msg === text).length;
}

/** Waits until a server has logged this text `times` times. Rejects if it has logged it more often by then. */
export async function logged(member: Member, text: string, times: number): Promise<void> {
  const enough = async () => {
    const now = await timesLogged(member, text);
    return now >= times ? now : undefined;
  };
  const now = await until(enough, { what: `server ${member.id} to log: ${text}` });
  if (now > times) throw new Error(`server ${member.id} has logged ${now} times: ${text}`);
}
