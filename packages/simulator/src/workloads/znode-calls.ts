import type { Client, MultiOperation } from '@conclave/client';
import type { ZnodeInput, ZnodeResult } from '../checkers/znode-model.ts';

export type ZnodeWrite = Exclude<ZnodeInput, { op: 'get' | 'multi' }>;

/** Sends the request of an operation on znodes. Returns the answer, which the model must explain. */
export async function askOfZnodes(client: Client, input: ZnodeInput): Promise<ZnodeResult> {
  switch (input.op) {
    case 'get': {
      if (input.by === 'sync') await client.sync(input.key);
      const consistency = input.by === 'sync' ? 'session' : 'linearizable';
      const { data, stat } = await client.get(input.key, { consistency });
      return { value: new TextDecoder().decode(data), version: stat.version };
    }
    case 'create':
      await client.create(input.key, input.value);
      return {};
    case 'set':
      return { version: (await client.set(input.key, input.value, { version: input.version })).version };
    case 'delete':
      await client.delete(input.key, { version: input.version });
      return {};
    case 'multi':
      await client.multi(input.writes.map(toOperation));
      return {};
    default:
      return input satisfies never;
  }
}

function toOperation(write: ZnodeWrite): MultiOperation {
  switch (write.op) {
    case 'create':
      return { type: 'create', path: write.key, data: write.value };
    case 'set':
      return { type: 'set', path: write.key, data: write.value, version: write.version };
    case 'delete':
      return { type: 'delete', path: write.key, version: write.version };
    default:
      return write satisfies never;
  }
}
