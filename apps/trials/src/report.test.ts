import { expect, test } from 'vitest';
import { formatLine, formatReport, type Report, withReport } from './report.ts';
import type { FaultResult } from './result.ts';

const passed: FaultResult = {
  status: 'passed',
  fault: 'leader-killed',
  servers: 3,
  rounds: 4,
  seconds: 12.3,
  longestGapMs: 1077,
  longestGapOfOneClientMs: 1150,
  calls: { acknowledged: 12_066, failed: 1, unknown: 2, codes: { SESSION_OVER: 1 } },
  lost: 0,
  overlaps: 0,
  duplicates: 0,
  lateUses: 5,
  notes: ['the leader changed'],
  complaints: [],
};

const report: Report = {
  command: 'npm run trials -- --servers 3',
  date: '2026-11-21',
  machine: {
    cpu: 'a processor',
    cores: 2,
    memoryGiB: 8,
    system: 'Linux 6.1',
    node: 'v24.0.0',
    fileSystem: 'ext4',
    loadAverage: 1.5,
  },
  network: 'namespaces',
  results: [
    passed,
    { status: 'skipped', fault: 'links-slow', servers: 3, reason: 'slow links are not available' },
    {
      ...passed,
      status: 'failed',
      fault: 'bridge',
      lost: 1,
      notes: [],
      complaints: [{ property: 'nothing acknowledged is lost', detail: 'm1' }],
    },
  ],
};

test('a report contains every figure, the skipped faults with reasons, and the violations', () => {
  expect(formatReport(report)).toBe(`## Measured

2026-11-21, \`npm run trials -- --servers 3\`, each server in a network namespace of its own.
a processor, 2 cores, 8 GiB of memory, Linux 6.1, Node v24.0.0, data on ext4, load average 1.5.

| Fault | Servers | Struck | Longest gap in writes | of one client | Acknowledged | Failed | Unknown | Lost | Overlap | Duplicates | Late uses refused | Verdict |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
| \`leader-killed\` | 3 | 4 × | 1,077 ms | 1,150 ms | 12,066 | 1 | 2 | 0 | 0 | 0 | 5 | passed |
| \`links-slow\` | 3 |  |  |  |  |  |  |  |  |  |  | skipped: slow links are not available |
| \`bridge\` | 3 | 4 × | 1,077 ms | 1,150 ms | 12,066 | 1 | 2 | 1 | 0 | 0 | 5 | failed |

- \`leader-killed\`, 3 servers: the leader changed.
- \`bridge\`, 3 servers: nothing acknowledged is lost: m1.
`);
});

test('a terminal gets one line for each result', () => {
  expect(report.results.map(formatLine)).toEqual([
    'passed  3 servers, leader-killed: 4 times in 12.3 s; longest gap 1077 ms, of one client 1150 ms; 12066 acknowledged, 1 failed (1 SESSION_OVER), 2 unknown; 0 lost, 0 overlaps, 0 duplicates; 5 late uses refused (the leader changed)',
    'skipped 3 servers, links-slow: slow links are not available',
    expect.stringContaining('\n  nothing acknowledged is lost: m1'),
  ]);
});

test('writing a report keeps the document before its figures', () => {
  const once = withReport('# Trials\n\nText.\n\n', report);
  expect(once).toBe(`# Trials\n\nText.\n\n${formatReport(report)}`);
  expect(withReport(once, report)).toBe(once);
});
