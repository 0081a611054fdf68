import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connect, isConclaveError } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import type { Fate } from './fake-session.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

/*
 * Random faults in virtual time. Every write has a number of its own and creates one node, so the nodes that exist in
 * the end show how often each write has happened.
 */

const TIMEOUT_MS = 3_000;

const trouble = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('write' as const), count: fc.integer({ min: 1, max: 20 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.oneof(fc.nat(8), fc.nat(800)) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('cut' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom<'loseRequest' | 'loseAnswer' | 'silence'>('loseRequest', 'loseAnswer', 'silence'),
      after: fc.nat(10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('down' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('mute' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('block' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort' as const) }) },
);

test.each([true, false])(
  'no write happens twice, and none that was answered is missing (native: %s)',
  async (native) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(trouble, { minLength: 5, maxLength: 40 }),
        fc.nat(),
        async (troubles, seed) => {
          const world = new VirtualEnvironment(seed);
          const ensemble = new FakeEnsemble(() => world.now(), native);
          for (const port of [1, 2, 3]) world.listen(port, ensemble);
          const client = await world.settle(
            connect({
              servers: ['ws://a:1', 'ws://b:2', 'ws://c:3'],
              sessionTimeoutMs: TIMEOUT_MS,
              environment: world,
            }),
          );
          const { id } = client.session;
          const outcomes: Promise<string>[] = [];
          const signals: AbortSignal[] = [];
          let aborter = new AbortController();
          let fateAfter = 0;
          let fate: Fate = 'answer';
          ensemble.decideFate = () => {
            if (fate === 'answer' || fateAfter-- > 0) return 'answer';
            const decided = fate;
            fate = 'answer';
            return decided;
          };
          /** Lets time pass, and lets the ensemble end the session when its timeout is over. */
          const pass = async (ms: number) => {
            for (const until = world.now() + ms; world.now() < until; ) {
              await world.advance(Math.min(25, until - world.now()));
              if (!ensemble.sessions.has(id) || !ensemble.hasTimedOut(id)) continue;
              // The ensemble must never give away what the client still believes to hold.
              expect(client.session.signal.aborted).toBe(true);
              ensemble.expire(id);
            }
          };
          for (const step of troubles) {
            switch (step.type) {
              case 'write':
                for (let i = 0; i < step.count; i++) {
                  const { signal } = aborter;
                  signals.push(signal);
                  const creation = client.create('/s-', `${outcomes.length}`, {
                    mode: 'persistentSequential',
                    signal,
                  });
                  outcomes.push(
                    creation.then(
                      ({ path }) => path,
                      (error: unknown) => (isConclaveError(error) ? error.code : 'aborted'),
                    ),
                  );
                }
                break;
              case 'wait':
                await pass(step.ms);
                break;
              case 'cut':
                ensemble.cut();
                break;
              case 'down':
              case 'mute': {
                const isWhat = step.type === 'down' ? 'isDown' : 'isMute';
                ensemble[isWhat] = true;
                ensemble.cut();
                await pass(step.ms);
                ensemble[isWhat] = false;
                break;
              }
              case 'block':
                world.block(step.ms);
                break;
              case 'abort':
                aborter.abort();
                aborter = new AbortController();
                break;
              default:
                fate = step.type;
                fateAfter = step.after;
            }
          }
          fate = 'answer';
          await pass(4 * TIMEOUT_MS);
          const isAlive = client.state === 'connected';
          const settled = await world.settle(Promise.all(outcomes));
          await world.settle(client.close());

          const made = new Map<string, string[]>();
          for (const [path, node] of ensemble.nodes) {
            const value = new TextDecoder().decode(node.data ?? new Uint8Array(0));
            made.set(value, [...(made.get(value) ?? []), path]);
          }
          const answered: string[] = [];
          for (const [index, outcome] of settled.entries()) {
            const paths = made.get(`${index}`) ?? [];
            expect(paths.length).toBeLessThanOrEqual(1);
            switch (outcome) {
              case 'OUTCOME_UNKNOWN':
                // On a native session only its end and an abort by the caller leave a doubt.
                if (native && isAlive) expect(signals[index]?.aborted).toBe(true);
                break;
              case 'SESSION_EXPIRED':
              case 'aborted':
                expect(paths).toEqual([]);
                break;
              default:
                expect(paths).toEqual([outcome]);
                answered.push(outcome);
            }
          }
          expect(answered).toEqual([...answered].sort());
        },
      ),
      { numRuns: 60 },
    );
  },
  60_000,
);
