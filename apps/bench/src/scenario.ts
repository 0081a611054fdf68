import { fanOutWorkload } from './workloads/fan-out.ts';
import { getWorkload } from './workloads/get.ts';
import { lockWorkload } from './workloads/lock.ts';
import { setWorkload } from './workloads/set.ts';
import type { Workload } from './workloads/workload.ts';
import { writeAloneWorkload } from './workloads/write-alone.ts';

/** What is read off a run. */
export type Measure =
  /** Operations per second; more is better. */
  | 'rate'
  /** The median time of one operation; less is better. */
  | 'latency'
  /** The longest time between two acknowledged writes, whoever wrote them; less is better. */
  | 'gap';

export interface Scenario {
  readonly summary: string;
  readonly measure: Measure;
  readonly connections: number;
  readonly lanesPerClient: number;
  /** What happens to the leader in the middle of the run. */
  readonly fault?: 'kill' | 'freeze';
  readonly workload: Workload;
}

/** Everything that can be measured, in the order in which it is. */
export const scenarios = {
  set: {
    summary: 'writes, 30 connections with 16 on their way each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: setWorkload,
  },
  get: {
    summary: 'reads, linearizable on Conclave and plain on ZooKeeper, 30 connections with 16 each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: getWorkload('linearizable'),
  },
  'get-session': {
    summary: 'reads as fresh as the session has seen, plain on both, 30 connections with 16 each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: getWorkload('session'),
  },
  lock: {
    summary: 'cycles of lock and unlock, 60 on their way, each on a lock of its own',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 2,
    workload: lockWorkload(1),
  },
  'lock-contended': {
    summary: 'cycles of lock and unlock, 60 on their way, six contenders for each of ten locks',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 2,
    workload: lockWorkload(6),
  },
  'write-alone': {
    summary: 'one write at a time in all, through every server in turn',
    measure: 'latency',
    connections: 3,
    lanesPerClient: 1,
    workload: writeAloneWorkload,
  },
  'fan-out': {
    summary: 'one change of a node until all of 500 connections that watch it have been told',
    measure: 'latency',
    connections: 500,
    lanesPerClient: 1,
    workload: fanOutWorkload,
  },
  'leader-killed': {
    summary: 'longest pause of a stream of writes from 30 connections when the leader gets SIGKILL',
    measure: 'gap',
    connections: 30,
    lanesPerClient: 1,
    fault: 'kill',
    workload: setWorkload,
  },
  'leader-frozen': {
    summary: 'the same when the leader gets SIGSTOP',
    measure: 'gap',
    connections: 30,
    lanesPerClient: 1,
    fault: 'freeze',
    workload: setWorkload,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
