import type { Workload } from './workload.ts';

/**
 * Every client follows one node by a persistent watch; a step changes it and waits until all of them have been told.
 */
export const fanOutWorkload: Workload = {
  async prepare({ clients, root }) {
    const path = `${root}/watched`;
    const [writer] = clients;
    if (writer === undefined) return [];
    await writer.create(path);
    let untold = 0;
    let wake = () => {};
    let failure: unknown;
    for (const client of clients) {
      client.watch(path, { recursive: false }).subscribe(
        () => {
          if (--untold === 0) wake();
        },
        (error) => {
          failure ??= error;
          wake();
        },
      );
      // Answered behind the watch, on the same connection.
      await client.exists(path, { consistency: 'session' });
    }
    return [
      async () => {
        untold = clients.length;
        const told = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await writer.set(path, null);
        await told;
        if (failure !== undefined) throw failure;
      },
    ];
  },
};
