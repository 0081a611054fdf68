import { formatMachine, type Machine } from '@conclave/testkit';
import type { FaultResult } from './result.ts';

export interface Report {
  readonly command: string;
  readonly date: string;
  readonly machine: Machine;
  readonly network: 'namespaces' | 'loopback';
  readonly results: readonly FaultResult[];
}

const PLACES: Readonly<Record<Report['network'], string>> = {
  namespaces: 'each server in a network namespace of its own',
  loopback: 'all servers on loopback',
};

const COLUMNS = [
  'Fault',
  'Servers',
  'Struck',
  'Longest gap in writes',
  'of one client',
  'Acknowledged',
  'Failed',
  'Unknown',
  'Lost',
  'Overlap',
  'Duplicates',
  'Late uses refused',
  'Verdict',
];

/** The results as Markdown: where and how they were measured, a table of the figures, and notes. */
export function formatReport({ command, date, machine, network, results }: Report): string {
  const rule = COLUMNS.map((_, i) => (i === 0 || i === COLUMNS.length - 1 ? '---' : '---:'));
  const rows = results.map((result) => rowOf(result));
  const notes = results.flatMap((result) => notesOf(result));
  return [
    '## Measured',
    '',
    `${date}, \`${command}\`, ${PLACES[network]}.`,
    `${formatMachine(machine)}.`,
    '',
    ...[COLUMNS, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

/** The document with its section "Measured" replaced, or added at the end. */
export function withReport(document: string, report: Report): string {
  const at = document.search(/^## Measured$/m);
  const before = at < 0 ? document : document.slice(0, at);
  return before + formatReport(report);
}

/** One result on one line, for a terminal. */
export function formatLine(result: FaultResult): string {
  const label = `${result.status.padEnd(7)} ${result.servers} servers, ${result.fault}`;
  if (result.status === 'skipped') return `${label}: ${result.reason}`;
  const { acknowledged, failed, unknown, codes } = result.calls;
  const figures = `${result.rounds} times in ${result.seconds} s; longest gap ${result.longestGapMs} ms, of one client ${result.longestGapOfOneClientMs} ms; ${acknowledged} acknowledged, ${failed} failed${listed(codes)}, ${unknown} unknown; ${result.lost} lost, ${result.overlaps} overlaps, ${result.duplicates} duplicates; ${result.lateUses} late uses refused`;
  const notes = result.notes.length === 0 ? '' : ` (${result.notes.join('; ')})`;
  const complaints = result.complaints.map(({ property, detail }) => `\n  ${property}: ${detail}`);
  return `${label}: ${figures}${notes}${complaints.join('')}`;
}

function rowOf(result: FaultResult): string[] {
  const name = `\`${result.fault}\``;
  if (result.status === 'skipped') {
    return [name, String(result.servers), ...COLUMNS.slice(3).map(() => ''), `skipped: ${result.reason}`];
  }
  const { calls } = result;
  return [
    name,
    String(result.servers),
    `${result.rounds} ×`,
    `${number(result.longestGapMs)} ms`,
    `${number(result.longestGapOfOneClientMs)} ms`,
    ...[calls.acknowledged, calls.failed, calls.unknown].map(number),
    ...[result.lost, result.overlaps, result.duplicates, result.lateUses].map(number),
    result.status,
  ];
}

function notesOf(result: FaultResult): string[] {
  if (result.status === 'skipped') return [];
  // Only the first line, because the others may be a whole history.
  const complaints = result.complaints.map(({ property, detail }) => `${property}: ${detail.split('\n')[0]}`);
  const notes = [...result.notes, ...complaints];
  return notes.length === 0 ? [] : [`- \`${result.fault}\`, ${result.servers} servers: ${notes.join('; ')}.`];
}

function listed(codes: Readonly<Record<string, number>>): string {
  const list = Object.entries(codes).map(([code, count]) => `${count} ${code}`);
  return list.length === 0 ? '' : ` (${list.join(', ')})`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
