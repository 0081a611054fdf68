import type { Workload } from './workload.ts';

/**
 * Every client watches one node. A step changes it and waits until all of the clients have the event.
 */
export const fanOutWorkload: Workload = {
  async prepare({ clients, root }) {
    const path = `${root}/watched`;
    const [writer] = clients;
    if (writer === undefined) return [];
    await writer.create(path);
    let waiting = 0;
    let wake = () => {};
    let failure: unknown;
    for (const client of clients) {
      client.watch(path, { recursive: false }).subscribe(
        () => {
          if (--waiting === 0) wake();
        },
        (error) => {
          failure ??= error;
          wake();
        },
      );
      // This answer comes after the watch is set, because it is on the same connection.
      await client.exists(path, { consistency: 'session' });
    }
    return [
      async () => {
        waiting = clients.length;
        const arrived = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await writer.set(path, null);
        await arrived;
        if (failure !== undefined) throw failure;
      },
    ];
  },
};
