export { type BarrierVisit, checkBarrier } from './checkers/barrier.ts';
export { checkEvents, type FollowedTree } from './checkers/events.ts';
export { checkExactlyOnce, type Effect } from './checkers/exactly-once.ts';
export { checkExclusion, type Holding, overlapsOf } from './checkers/exclusion.ts';
export { checkFencing, lateUsesOf, type ResourceUse } from './checkers/fencing.ts';
export { checkLinearizable, type Model } from './checkers/linearizability.ts';
export { checkQueue, type Taking } from './checkers/queue.ts';
export { checkSequenceNumbers, checkSequenceOrder } from './checkers/sequence-numbers.ts';
export { checkSessionLifetime, type SessionLife } from './checkers/session-lifetime.ts';
export {
  type FoundNode,
  type SessionAnswer,
  SessionOrder,
  type SessionRead,
} from './checkers/session-order.ts';
export {
  type ArmedWatch,
  checkOrderOfEvents,
  checkWatch,
  type FiredEvent,
  type WatchKind,
} from './checkers/watches.ts';
export type { ModelNode, Moment, NodeChange, Past } from './checkers/znode-history.ts';
export { type ZnodeInput, type ZnodeResult, znodeModel } from './checkers/znode-model.ts';
export type { Fault } from './faults/fault.ts';
export { History, type Operation, type Outcome, outcomeOfError, Ticker } from './history.ts';
export { drawScenario, type Scenario, type ScenarioWishes } from './scenario.ts';
export { shrink } from './shrink.ts';
export { type Run, simulate } from './simulate.ts';
export { Trace, type TraceLine } from './trace.ts';
export { Violation } from './violation.ts';
export { workloadNames } from './workloads/index.ts';
export { askOfZnodes } from './workloads/znode-calls.ts';
