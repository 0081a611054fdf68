import { lanesOf, valueOfSize, type Workload } from './workload.ts';

/** Every lane writes its own node. */
export const setWorkload: Workload = {
  async prepare(context) {
    const lanes = lanesOf(context);
    const value = valueOfSize(context.valueBytes);
    await Promise.all(lanes.map(({ client, path }) => client.create(path, value)));
    return lanes.map(({ client, path }) => async () => {
      await client.set(path, value);
    });
  },
};
