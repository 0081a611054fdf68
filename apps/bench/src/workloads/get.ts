import type { Consistency } from '@conclave/client';
import { lanesOf, valueOfSize, type Workload } from './workload.ts';

/**
 * Every lane reads its own node. ZooKeeper has no linearizable reads, so there `linearizable` is a plain read.
 */
export function getWorkload(consistency: Consistency): Workload {
  return {
    async prepare(context) {
      const lanes = lanesOf(context);
      const value = valueOfSize(context.valueBytes);
      await Promise.all(lanes.map(({ client, path }) => client.create(path, value)));
      return lanes.map(({ client, path }) => {
        const options = { consistency: client.session.native ? consistency : 'session' } as const;
        return async () => {
          const { data } = await client.get(path, options);
          if (data.length !== value.length) throw new Error(`${path} has ${data.length} bytes`);
        };
      });
    },
  };
}
