import type { Machine } from '@conclave/testkit';
import { expect, it } from 'vitest';
import { formatLines, formatProgress, formatTable } from './report.ts';
import type { Row } from './summary.ts';

const machine: Machine = {
  cpu: 'Abacus',
  cores: 2,
  memoryGiB: 8,
  system: 'Linux 6',
  node: 'v24',
  fileSystem: 'ext4',
  loadAverage: 0.5,
};
const rows: Row[] = [
  {
    scenario: 'set',
    measure: 'rate',
    cells: [
      { target: 'zookeeper', median: 8300, min: 8000, max: 8400, p99Ms: 90 },
      { target: 'conclave-ws', median: 33200, min: 31000, max: 34000, p99Ms: 20, timesBetter: 4 },
    ],
  },
  {
    scenario: 'leader-killed',
    measure: 'gap',
    cells: [{ target: 'conclave-ws', median: 90.25, min: 80, max: 99, lost: 2 }],
  },
];

it('shows the targets side by side in a terminal', () => {
  expect(formatTable(rows, machine).split('\n')).toEqual([
    '               unit               zookeeper              conclave-ws',
    'set            operations/s       8,300 (8,000-8,400)    33,200 (31,000-34,000)    4.00x',
    'leader-killed  ms, longest pause  -                      90.3 (80.0-99.0, 2 LOST)',
    '',
    'Abacus, 2 cores, 8 GiB of memory, Linux 6, Node v24, data on ext4, load average 0.5',
    '',
  ]);
});

it('prints one line for each figure to a pipe', () => {
  expect(formatLines(rows, machine).split('\n').slice(1)).toEqual([
    'set\toperations/s\tzookeeper\t8300\t8000\t8400\t90\t\t',
    'set\toperations/s\tconclave-ws\t33200\t31000\t34000\t20\t4\t',
    'leader-killed\tms, longest pause\tconclave-ws\t90.25\t80\t99\t\t\t2',
    '# Abacus, 2 cores, 8 GiB of memory, Linux 6, Node v24, data on ext4, load average 0.5',
    '',
  ]);
});

it('warns if the data is not on a disk', () => {
  expect(formatTable(rows, { ...machine, fileSystem: 'tmpfs' })).toContain('nothing here is durable');
});

it('prints each sample as soon as it is taken', () => {
  const latencyMs = { median: 0.5, p99: 12.345, max: 99 };
  const sample = { scenario: 'set', target: 'zookeeper', round: 2, measure: 'rate', value: 8312.4 } as const;
  expect(formatProgress({ ...sample, latencyMs, loadCores: 0.5 })).toBe(
    'set, zookeeper, round 2: 8,312 operations/s (p50 0.50 ms, p99 12.3 ms, longest 99.0 ms, load 0.50 cores)\n',
  );
});
