import type { Client } from '@conclave/client';
import { Violation } from '../violation.ts';
import type { StateModel } from './state-model.ts';

/** What a client finds when all is over is what was committed: every node, its data, its version, its owner. */
export async function checkFinalState(client: Client, state: StateModel): Promise<void> {
  await client.sync();
  const consistency = 'session';
  const paths = [...state.nodes.keys()];
  const differences = await Promise.all(
    paths.map(async (path) => {
      const expected = state.nodes.get(path);
      const [found, { children }] = await Promise.all([
        client.get(path, { consistency }),
        client.children(path, { consistency }),
      ]);
      const { czxid, mzxid, version, ephemeralOwner } = found.stat;
      const is = {
        czxid,
        mzxid,
        version,
        data: new TextDecoder().decode(found.data),
        owner: Number(ephemeralOwner),
        children: children.map((name) => `${path}/${name}`).sort(),
      };
      const { contends: _, ...should } = {
        ...expected,
        children: state.childrenOf(path).sort(),
        contends: false,
      };
      const same = Object.entries(should).every(
        ([key, value]) => JSON.stringify(value) === JSON.stringify(is[key as keyof typeof is]),
      );
      return same ? undefined : `${path} is ${JSON.stringify(is)}, should be ${JSON.stringify(should)}`;
    }),
  );
  const difference = differences.find((each) => each !== undefined);
  if (difference !== undefined) throw new Violation('the state is what was committed', difference);
}
