import { formatMachine, type Machine } from '@conclave/testkit';
import type { Sample } from './sample.ts';
import type { Measure } from './scenario.ts';
import type { Cell, Row } from './summary.ts';

const UNITS: Readonly<Record<Measure, string>> = {
  rate: 'operations/s',
  latency: 'ms, median',
  gap: 'ms, longest pause',
};

/** The table for a terminal. Each figure has the range of its rounds. */
export function formatTable(rows: readonly Row[], machine: Machine): string {
  const targets = targetsOf(rows);
  const table = [
    ['', 'unit', ...targets.flatMap((target) => [target, ''])],
    ...rows.map((row) => [
      row.scenario,
      UNITS[row.measure],
      ...targets.flatMap((target) => {
        const cell = row.cells.find((other) => other.target === target);
        return cell === undefined ? ['-', ''] : [figure(cell, row.measure), comparison(cell)];
      }),
    ]),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const lines = table.map((line) =>
    line
      .map((text, column) => text.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n\n${formatMachine(machine)}\n`;
}

/** The lines for a pipe: one for each scenario and target, with plain numbers separated by tabs. */
export function formatLines(rows: readonly Row[], machine: Machine): string {
  const lines = rows.flatMap(({ scenario, measure, cells }) =>
    cells.map(({ target, median, min, max, p99Ms, timesBetter, lost }) =>
      [scenario, UNITS[measure], target, median, min, max, p99Ms, timesBetter, lost]
        .map((field) => (typeof field === 'number' ? String(Number(field.toPrecision(6))) : (field ?? '')))
        .join('\t'),
    ),
  );
  const header = 'scenario\tunit\ttarget\tmedian\tmin\tmax\tp99 ms\ttimes better\tlost writes';
  return `${header}\n${lines.join('\n')}\n# ${formatMachine(machine)}\n`;
}

/** One line of progress for a finished run. */
export function formatProgress({ scenario, target, round, measure, value, ...rest }: Sample): string {
  const { latencyMs, loadCores, lost, unknown } = rest;
  const details = [
    latencyMs &&
      `p50 ${number(latencyMs.median)} ms, p99 ${number(latencyMs.p99)} ms, longest ${number(latencyMs.max)} ms`,
    loadCores !== undefined && `load ${loadCores.toFixed(2)} cores`,
    lost !== undefined && `${lost} writes lost`,
    unknown !== undefined && `${unknown} unknown`,
  ].filter(Boolean);
  return `${scenario}, ${target}, round ${round}: ${number(value)} ${UNITS[measure]} (${details.join(', ')})\n`;
}

function targetsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ cells }) => cells.map(({ target }) => target)))];
}

function figure({ median, min, max, p99Ms, lost }: Cell, measure: Measure): string {
  const tail = measure === 'latency' && p99Ms !== undefined ? `, p99 ${number(p99Ms)}` : '';
  const losses = lost === undefined || lost === 0 ? '' : `, ${lost} LOST`;
  return `${number(median)} (${number(min)}-${number(max)}${tail}${losses})`;
}

function comparison({ timesBetter }: Cell): string {
  return timesBetter === undefined ? '' : `${timesBetter.toFixed(2)}x`;
}

function number(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
