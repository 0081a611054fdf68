export { Agenda, type Appointment } from './agenda.ts';
export { type ConclaveEnsembleOptions, conclaveEnsemble } from './conclave-ensemble.ts';
export { CuttingProxy, type Direction, type Judge, type ProxyPlaces, type Verdict } from './cutting-proxy.ts';
export { Ensemble, type EnsembleKind, Member, type MemberSpec } from './ensemble.ts';
export { fourLetterWord, type ServerMode, serverMode } from './four-letter-words.ts';
export { freePorts } from './free-ports.ts';
export { describeMachine, formatMachine, type Machine } from './machine.ts';
export {
  ExitCode,
  type Help,
  interruption,
  type Program,
  type ProgramStreams,
  runProgram,
  UsageError,
} from './program.ts';
export { Random } from './random.ts';
export { type RealZooKeeperOptions, realZooKeeper, zookeeperMissing } from './real-zookeeper.ts';
export { RestartableServer } from './restartable-server.ts';
export type { ServerProcessSpec } from './server-process.ts';
export { mountMissing, SmallDisk } from './small-disk.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export { type UntilOptions, until } from './until.ts';
