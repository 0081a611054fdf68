import { type BenchOptions, measureAll, warmUp } from './bench.ts';
import type { Sample } from './sample.ts';
import { type EnsembleKind, EnsembleLink } from './targets/ensemble-link.ts';
import type { Target } from './targets/target.ts';

/** The targets that `compare` can start and measure. */
export const targetNames = ['zookeeper', 'conclave-ws', 'conclave-tcp'] as const;
export type TargetName = (typeof targetNames)[number];

/** The target that the others are compared with. */
export const BASELINE: TargetName = 'zookeeper';

export interface CompareOptions extends BenchOptions {
  readonly targets: readonly TargetName[];
  /** The folder for the data of all servers, so that all are on the same disk. */
  readonly dataParent: string;
}

/**
 * Starts an ensemble of three real processes for every kind of target, measures them in turn, and ends them, whatever
 * happens. Both targets of Conclave are the same ensemble. While one ensemble is measured the others are idle.
 */
export async function compare(options: CompareOptions): Promise<Sample[]> {
  const { dataParent, signal } = options;
  await using ensembles = new AsyncDisposableStack();
  const links = new Map<EnsembleKind, EnsembleLink>();
  const targets: Target[] = [];
  for (const name of options.targets) {
    const kind = name === 'zookeeper' ? 'zookeeper' : 'conclave';
    let link = links.get(kind);
    if (link === undefined) {
      link = ensembles.use(await EnsembleLink.start(kind, dataParent, signal));
      links.set(kind, link);
    }
    targets.push({
      name,
      servers: name === 'conclave-ws' ? link.webServers : link.tcpServers,
      ensemble: link,
    });
  }
  await warmUp(targets, options);
  return await measureAll(targets, options);
}
