import { createHash } from 'node:crypto';
import { type Acl, type Client, isConclaveError, type MultiOperation, Permission } from '@conclave/client';
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
const { all, read, write, create, delete: remove, admin } = Permission;
/** Permissions of the world. Where it may set the ACL, any client can take permissions away from it. */
const WORLD = [
  read,
  read | write,
  write | create,
  read | write | remove,
  all - create,
  all - remove,
  all - admin,
  all,
];
/** How often each kind of request is drawn. */
const SHARES = { get: 30, setAcl: 25, set: 15, create: 8, delete: 7, multi: 15 };
/** Errors that are ordinary answers, because clients do not look before they ask. */
const ANSWERS: readonly string[] = ['NODE_EXISTS', 'NO_NODE'];

/**
 * Nodes that some clients may use and others may not. Keepers may do everything, and the permissions of all other
 * clients change again and again. The model of the state judges writes. This workload checks that no client reads a
 * node without the permission, and that no keeper is ever refused.
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
    const { random, client, sleep } = participant;
    const { state, tally } = this.#context;
    const isKeeper = random.chance(0.6);
    const shown = new ShownLists(state, isKeeper ? [KEEPER] : []);
    if (isKeeper) await outcomeOf(client.addAuth('digest', CREDENTIAL), tally);
    while (participant.isActive) {
      const outcome = await outcomeOf(this.#act(participant, isKeeper, shown), tally);
      if (outcome.type === 'done') participant.progress();
      await sleep(random.exponential(150));
    }
  }

  /** Gives the checking client the right to read these nodes, because it reads all nodes at the end. */
  async check(client: Client): Promise<void> {
    await client.addAuth('digest', CREDENTIAL);
  }

  async #act(participant: Participant, isKeeper: boolean, shown: ShownLists): Promise<void> {
    const node = `${ROOT}/${participant.random.between(0, NODES - 1)}`;
    try {
      await this.#ask(participant, node, isKeeper, shown);
    } catch (error) {
      if (!isConclaveError(error)) throw error;
      if (ANSWERS.includes(error.code)) return;
      if (error.code !== 'NO_AUTH') throw error;
      // It is an answer. For a write, the model of the state judges whether it was right.
      if (!isKeeper) return;
      const { path = node } = error;
      const acl = [{ permissions: all, ...KEEPER }];
      judge(this.#context.world, () => checkForbidden({ path, acl, permission: all }, [KEEPER]));
    }
  }

  async #ask(
    { random, client, name }: Participant,
    node: string,
    isKeeper: boolean,
    shown: ShownLists,
  ): Promise<void> {
    const { world } = this.#context;
    const child = `${node}/x`;
    const path = random.chance(0.3) ? child : node;
    const what = random.weighted(SHARES);
    switch (what) {
      case 'get': {
        // The stat identifies the ACL that the node had when it was read.
        const { stat } = await client.get(path, { consistency: 'session' });
        judge(world, () => shown.handleRead(path, stat));
        return;
      }
      case 'setAcl': {
        const stat = await client.setAcl(path, drawAcl(random, isKeeper));
        judge(world, () => shown.handleStat(path, stat));
        return;
      }
      case 'set': {
        const stat = await client.set(path, name);
        judge(world, () => shown.handleStat(path, stat));
        return;
      }
      case 'create':
        await client.create(child, null, { acl: drawAcl(random, isKeeper) });
        return;
      case 'delete':
        await client.delete(child);
        return;
      case 'multi': {
        const change = drawChange(random, child, isKeeper);
        await client.multi([{ type: 'check', path }, { type: 'set', path, data: name }, change]);
        return;
      }
      default:
        what satisfies never;
    }
  }
}

function drawChange(random: Participant['random'], path: string, isKeeper: boolean): MultiOperation {
  if (random.chance(0.5)) return { type: 'delete', path };
  return { type: 'create', path, acl: drawAcl(random, isKeeper) };
}

/** Draws an ACL. In every ACL keepers may do everything. Keepers often write their own entry with the scheme `auth`. */
function drawAcl(random: Participant['random'], isKeeper: boolean): readonly Acl[] {
  const auth = { scheme: 'auth', id: '' };
  const keeper = { permissions: all, ...(isKeeper && random.chance(0.5) ? auth : KEEPER) };
  if (random.chance(0.2)) return [keeper];
  return [{ permissions: random.pick(WORLD), scheme: 'world', id: 'anyone' }, keeper];
}
