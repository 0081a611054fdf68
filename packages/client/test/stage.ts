import { type Client, type ConnectOptions, connect } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

/** The default timeout of the sessions that a stage opens, in milliseconds. */
export const TIMEOUT_MS = 6_000;

/** Time, a network and an ensemble of three servers for one test alone. */
export interface Stage {
  readonly world: VirtualEnvironment;
  readonly ensemble: FakeEnsemble;
  open(options?: Partial<ConnectOptions>): Promise<Client>;
  /** Resolves with the code of the error, or with the result of the promise. */
  outcome(promise: Promise<unknown>): Promise<unknown>;
}

export function setStage({ isNative = true } = {}): Stage {
  const world = new VirtualEnvironment();
  const ensemble = new FakeEnsemble(() => world.now(), isNative);
  for (const port of [1, 2, 3]) world.listen(port, ensemble);
  const servers = ['ws://a:1', 'ws://b:2', 'ws://c:3'];
  return {
    world,
    ensemble,
    open: (options = {}) =>
      world.settle(connect({ servers, sessionTimeoutMs: TIMEOUT_MS, environment: world, ...options })),
    outcome: (promise) => world.settle(promise.catch((error: { code?: string }) => error.code ?? error)),
  };
}
