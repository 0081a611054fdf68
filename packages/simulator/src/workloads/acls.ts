import { createHash } from 'node:crypto';
import { type Acl, type Client, isConclaveError, Permission } from '@conclave/client';
import { checkForbidden } from '../checkers/acl.ts';
import { ShownLists } from '../checkers/shown-lists.ts';
import { judge, outcomeOf, type Participant, type Workload, type WorkloadContext } from './workload.ts';

const ROOT = '/acls';
const NODES = 3;
const CREDENTIAL = 'keeper:key';
const KEEPER = {
  scheme: 'digest',
  id: `keeper:${createHash('sha1').update(CREDENTIAL).digest('base64')}`,
};
const { all, read, write, create, admin } = Permission;
/** What the world may do. Where it may set the list, whoever comes may take that away from it. */
const WORLD = [read, read | write, write | create, all - admin, all];

/**
 * Nodes that some may use and others not: keepers may do everything, and what all others may changes again and again.
 * Writes are judged by the state's model. Here: nobody reads what he may not, no keeper is ever refused.
 */
export class Acls implements Workload {
  readonly name = 'acls';
  readonly #context: WorkloadContext;

  constructor(context: WorkloadContext) {
    this.#context = context;
  }

  async prepare(client: Client): Promise<void> {
    await client.create(ROOT);
    for (let node = 0; node < NODES; node++) await client.create(`${ROOT}/${node}`);
  }

  async run(participant: Participant): Promise<void> {
    const { chance, client, sleep } = participant;
    const { state, tally } = this.#context;
    const isKeeper = chance.hits(0.6);
    const shown = new ShownLists(state, isKeeper ? [KEEPER] : []);
    if (isKeeper) await outcomeOf(client.addAuth('digest', CREDENTIAL), tally);
    while (participant.goesOn) {
      const outcome = await outcomeOf(this.#act(participant, isKeeper, shown), tally);
      if (outcome.type === 'done') participant.progress();
      await sleep(chance.exponential(150));
    }
  }

  /** Whoever looks at everything in the end is to see these nodes too. */
  async check(client: Client): Promise<void> {
    await client.addAuth('digest', CREDENTIAL);
  }

  async #act({ chance, client, name }: Participant, isKeeper: boolean, shown: ShownLists): Promise<void> {
    const { world } = this.#context;
    const path = `${ROOT}/${chance.between(0, NODES - 1)}`;
    try {
      if (chance.hits(0.3)) {
        // By the list that the node had when it was read: the stat tells which.
        const { stat } = await client.get(path, { consistency: 'session' });
        judge(world, () => shown.handleRead(path, stat));
      } else if (chance.hits(0.4)) {
        const stat = await client.setAcl(path, drawAcl(chance, isKeeper));
        judge(world, () => shown.handleStat(path, stat));
      } else if (chance.hits(0.6)) {
        const stat = await client.set(path, name);
        judge(world, () => shown.handleStat(path, stat));
      } else await toggle(client, `${path}/x`, drawAcl(chance, isKeeper));
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'NO_AUTH') throw error;
      // Whether it was right the model knows, for a write; and an answer it is.
      if (!isKeeper) return;
      const acl = [{ permissions: all, ...KEEPER }];
      judge(world, () => checkForbidden({ path, acl, permission: all }, [KEEPER]));
    }
  }
}

async function toggle(client: Client, path: string, acl: readonly Acl[]): Promise<void> {
  try {
    await client.delete(path);
  } catch (error) {
    if (!isConclaveError(error) || error.code !== 'NO_NODE') throw error;
    await client.create(path, null, { acl });
  }
}

/** In every list keepers may do everything; they themselves often say so without naming themselves. */
function drawAcl(chance: Participant['chance'], isKeeper: boolean): readonly Acl[] {
  const auth = { scheme: 'auth', id: '' };
  const keeper = { permissions: all, ...(isKeeper && chance.hits(0.5) ? auth : KEEPER) };
  if (chance.hits(0.2)) return [keeper];
  return [{ permissions: chance.pick(WORLD), scheme: 'world', id: 'anyone' }, keeper];
}
