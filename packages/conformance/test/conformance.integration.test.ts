import { type Ensemble, type Member, zookeeperMissing } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stage } from '../src/actor.ts';
import { conclaveUnderTest, leaderFirst, zookeeperUnderTest } from '../src/ensembles.ts';
import { Grounds, runCase } from '../src/run-case.ts';
import { renderCase, type Step, stepsOf, type Via } from '../src/script.ts';
import { readScripts } from '../src/scripts.ts';
import { SdkStage } from '../src/sdk-stage.ts';
import { WireStage } from '../src/wire-stage.ts';

const scripts = readScripts();

/** A kind of server, and the clients that reach it. */
interface Subject {
  readonly name: string;
  readonly start: () => Promise<Ensemble>;
  /** Its servers. A case uses the first unless it names another. */
  readonly order: (ensemble: Ensemble) => Promise<readonly Member[]>;
  readonly skipped: string | undefined;
  readonly expected: (step: Step) => string;
  /** Whether the `unasked` cases run too. */
  readonly runsAll: boolean;
  /** How often a case may be retried, because the timing of ZooKeeper is not under test. */
  readonly retry: number;
  readonly routes: readonly Route[];
}

interface Route {
  readonly name: string;
  readonly via: Via;
  readonly stage: (members: readonly Member[]) => Stage;
}

const wire: Route = {
  name: 'frames over TCP',
  via: 'wire',
  stage: (members) => new WireStage(members.map(({ tcpPort }) => tcpPort)),
};

const sdkOverTcp: Route = {
  name: 'the SDK over TCP',
  via: 'sdk',
  stage: (members) => new SdkStage(members.map(({ tcpPort }) => `tcp://127.0.0.1:${tcpPort}`)),
};

const sdkOverWebSocket: Route = {
  name: 'the SDK over WebSocket',
  via: 'sdk',
  stage: (members) => new SdkStage(members.map(({ webPort }) => `ws://127.0.0.1:${webPort}`)),
};

const subjects: readonly Subject[] = [
  {
    name: 'ZooKeeper',
    start: zookeeperUnderTest,
    order: leaderFirst,
    skipped: zookeeperMissing(),
    expected: ({ recorded }) => recorded,
    runsAll: false,
    retry: 2,
    routes: [wire, sdkOverTcp],
  },
  {
    name: 'Conclave',
    start: conclaveUnderTest,
    order: async ({ members }) => members,
    skipped: undefined,
    expected: ({ recorded, difference }) => difference?.answer ?? recorded,
    runsAll: true,
    retry: 0,
    routes: [wire, sdkOverTcp, sdkOverWebSocket],
  },
];

describe.each(subjects)('$name', ({ start, order, skipped, expected, runsAll, retry, routes }) => {
  let ensemble: Ensemble;
  let members: readonly Member[];
  let grounds: Grounds;

  beforeAll(async () => {
    if (skipped !== undefined) return;
    ensemble = await start();
    await ensemble.serve();
    members = await order(ensemble);
    grounds = await Grounds.open(members[0]?.tcpPort ?? 0);
  });
  afterAll(async () => {
    await grounds?.[Symbol.asyncDispose]();
    await ensemble?.stop();
  });

  describe.skipIf(skipped !== undefined).each(routes)('$name', ({ via, stage }) => {
    for (const { name, cases } of scripts) {
      const runnable = cases.filter((one) => one.via.includes(via) && (one.isAsked || runsAll));
      if (runnable.length === 0) continue;
      describe(name, () => {
        for (const one of runnable) {
          test.concurrent(one.name, { retry }, async () => {
            const outcomes = await runCase(stage(members), grounds, one);
            expect(renderCase(one, outcomes)).toBe(renderCase(one, stepsOf(one).map(expected)));
          });
        }
      });
    }
  });
});
