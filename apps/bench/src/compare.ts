import { type BenchOptions, measureAll, warmUp } from './bench.ts';
import type { Sample } from './sample.ts';
import { type EnsembleKind, EnsembleLink } from './targets/ensemble-link.ts';
import type { Target } from './targets/target.ts';

/** What `compare` can start and measure. */
export const targetNames = ['zookeeper', 'conclave-ws', 'conclave-tcp'] as const;
export type TargetName = (typeof targetNames)[number];

/** What the others are compared with. */
export const BASELINE: TargetName = 'zookeeper';

export interface CompareOptions extends BenchOptions {
  readonly targets: readonly TargetName[];
  /** The folder below which every server's data is kept, so that all are on the same disk. */
  readonly dataParent: string;
}

/**
 * Starts an ensemble of three real processes for every kind of target, measures them in turns, and ends them,
 * whatever happens. Conclave's two doors are doors of the same ensemble; who is not measured is idle.
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
