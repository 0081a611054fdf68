import { fanOutWorkload } from './workloads/fan-out.ts';
import { getWorkload } from './workloads/get.ts';
import { lockWorkload } from './workloads/lock.ts';
import { setWorkload } from './workloads/set.ts';
import type { Workload } from './workloads/workload.ts';
import { writeAloneWorkload } from './workloads/write-alone.ts';

/** The figure that a run yields. */
export type Measure =
  /** Operations per second; more is better. */
  | 'rate'
  /** The median time of one operation; less is better. */
  | 'latency'
  /** The longest time between two acknowledged writes of any clients; less is better. */
  | 'gap';

export interface Scenario {
  readonly summary: string;
  readonly measure: Measure;
  readonly connections: number;
  readonly lanesPerClient: number;
  /** The fault of the leader in the middle of the run. */
  readonly fault?: 'kill' | 'freeze';
  readonly workload: Workload;
}

/** All scenarios, in the order in which they are measured. */
export const scenarios = {
  set: {
    summary: 'writes, 30 connections with 16 in flight on each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: setWorkload,
  },
  get: {
    summary:
      'reads, linearizable on Conclave and plain on ZooKeeper, 30 connections with 16 in flight on each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: getWorkload('linearizable'),
  },
  'get-session': {
    summary: 'session-consistent reads, plain on both, 30 connections with 16 in flight on each',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 16,
    workload: getWorkload('session'),
  },
  lock: {
    summary: 'cycles of lock and unlock, 60 in flight, each on its own lock',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 2,
    workload: lockWorkload(1),
  },
  'lock-contended': {
    summary: 'cycles of lock and unlock, 60 in flight, six contenders for each of ten locks',
    measure: 'rate',
    connections: 30,
    lanesPerClient: 2,
    workload: lockWorkload(6),
  },
  'write-alone': {
    summary: 'a single write at a time, through every server in turn',
    measure: 'latency',
    connections: 3,
    lanesPerClient: 1,
    workload: writeAloneWorkload,
  },
  'fan-out': {
    summary: 'a change of a node until all of 500 connections that watch it have the event',
    measure: 'latency',
    connections: 500,
    lanesPerClient: 1,
    workload: fanOutWorkload,
  },
  'leader-killed': {
    summary: 'longest pause in a stream of writes from 30 connections when the leader gets SIGKILL',
    measure: 'gap',
    connections: 30,
    lanesPerClient: 1,
    fault: 'kill',
    workload: setWorkload,
  },
  'leader-frozen': {
    summary: 'longest pause in a stream of writes from 30 connections when the leader gets SIGSTOP',
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
