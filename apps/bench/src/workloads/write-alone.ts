import { valueOfSize, type Workload } from './workload.ts';

/** A single write at a time among all clients, through every server in turn. */
export const writeAloneWorkload: Workload = {
  async prepare({ clients, root, valueBytes }) {
    const value = valueOfSize(valueBytes);
    const path = `${root}/alone`;
    await clients[0]?.create(path, value);
    let turn = 0;
    return [
      async () => {
        await clients[turn++ % clients.length]?.set(path, value);
      },
    ];
  },
};
