export { Chance } from './chance.ts';
export type { Fault } from './faults/fault.ts';
export { drawScenario, type Scenario, type ScenarioWishes } from './scenario.ts';
export { shrink } from './shrink.ts';
export { type Run, simulate } from './simulate.ts';
export { Trace, type TraceLine } from './trace.ts';
export { Violation } from './violation.ts';
export { workloadNames } from './workloads/index.ts';
