import { clientFaults } from './clients.ts';
import { clockFaults } from './clocks.ts';
import { diskFaults } from './disks.ts';
import type { Fault } from './fault.ts';
import { linkFaults } from './links.ts';
import { processFaults } from './processes.ts';

export const allFaults: readonly Fault[] = [
  ...processFaults,
  ...linkFaults,
  ...diskFaults,
  ...clockFaults,
  ...clientFaults,
];

export const faultNames: readonly string[] = allFaults.map(({ name }) => name);
