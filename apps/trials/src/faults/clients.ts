import { connect } from '@conclave/client';
import { until } from '@conclave/testkit';
import { SESSION_TIMEOUT_MS } from '../clients/fleet.ts';
import type { TrialClient } from '../clients/trial-client.ts';
import { EPHEMERALS } from '../workloads/ephemerals.ts';
import type { Fault, Scene } from './fault.ts';

const HOLD_MS = 500;
/** The slack of the servers, and extra time for busy processors. */
const GONE_MARGIN_MS = 5_000;

export const clientFaults: readonly Fault[] = [
  {
    name: 'client-killed',
    summary: 'SIGKILL of a client; its ephemeral node must be deleted, and a new client takes its place',
    needs: [],
    async strike(scene) {
      const { ensemble, fleet } = scene;
      const client = drawn(scene);
      await client.kill();
      const killedAt = performance.now();
      await using observer = await connect({ servers: ensemble.servers.map(({ webUrl }) => webUrl) });
      const gone = async (): Promise<true | undefined> => {
        const { children } = await observer.children(EPHEMERALS);
        return children.some((name) => name.startsWith(`${client.name}.`)) ? undefined : true;
      };
      await until(gone, {
        what: `the ephemeral node of ${client.name} to be deleted`,
        timeoutMs: SESSION_TIMEOUT_MS + GONE_MARGIN_MS,
      });
      const seconds = Math.round((performance.now() - killedAt) / 100) / 10;
      scene.notes.add(`its node was gone after ${seconds} s`);
      await fleet.start().progress(1);
    },
  },
  {
    name: 'client-frozen',
    summary:
      'SIGSTOP of a client after it checks that it holds a lock and before it uses the resource, until another client has used it',
    needs: [],
    async strike(scene) {
      const { fleet } = scene;
      const client = drawn(scene);
      const { lock, token } = await client.pauseHolding();
      const handedOn = async () => (fleet.resource.isPast(lock, token) ? true : undefined);
      await until(handedOn, { what: `another client to use the resource of ${lock}` });
      await scene.hold(HOLD_MS);
      client.thaw();
      const refused = async () =>
        fleet.resource.uses.some((use) => use.token === token && !use.isAdmitted) ? true : undefined;
      await until(refused, { what: 'the late use to be refused' });
      await client.progress(1);
    },
  },
];

function drawn({ fleet, round }: Scene): TrialClient {
  const client = fleet.running[round % fleet.running.length];
  if (client === undefined) throw new Error('no client runs');
  return client;
}
