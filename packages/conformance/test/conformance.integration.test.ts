import type { Ensemble } from '@conclave/testkit';
import { zookeeperMissing } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stage } from '../src/actor.ts';
import { conclaveUnderTest, zookeeperUnderTest } from '../src/ensembles.ts';
import { Grounds, runCase } from '../src/run-case.ts';
import { renderCase, type Step, stepsOf, type Via } from '../src/script.ts';
import { readScripts } from '../src/scripts.ts';
import { SdkStage } from '../src/sdk-stage.ts';
import { WireStage } from '../src/wire-stage.ts';

const scripts = readScripts();

/** One kind of server, and the ways to it. */
interface Subject {
  readonly name: string;
  readonly start: () => Promise<Ensemble>;
  readonly skipped: string | undefined;
  readonly expected: (step: Step) => string;
  /** Whether it is asked also what would be the end of it. */
  readonly asksAll: boolean;
  /** How often a case may be tried again: it is not ZooKeeper's haste that is tested. */
  readonly retry: number;
  readonly routes: readonly Route[];
}

interface Route {
  readonly name: string;
  readonly via: Via;
  readonly stage: (ensemble: Ensemble) => Stage;
}

const wire: Route = {
  name: 'frames over TCP',
  via: 'wire',
  stage: (ensemble) => new WireStage(ensemble.members.map(({ tcpPort }) => tcpPort)),
};

const sdkOverTcp: Route = {
  name: 'the SDK over TCP',
  via: 'sdk',
  stage: (ensemble) => new SdkStage(ensemble.tcpServers),
};

const sdkOverWebSocket: Route = {
  name: 'the SDK over WebSocket',
  via: 'sdk',
  stage: (ensemble) => new SdkStage(ensemble.webServers),
};

const subjects: readonly Subject[] = [
  {
    name: 'ZooKeeper',
    start: zookeeperUnderTest,
    skipped: zookeeperMissing(),
    expected: ({ recorded }) => recorded,
    asksAll: false,
    retry: 2,
    routes: [wire, sdkOverTcp],
  },
  {
    name: 'Conclave',
    start: conclaveUnderTest,
    skipped: undefined,
    expected: ({ recorded, difference }) => difference?.answer ?? recorded,
    asksAll: true,
    retry: 0,
    routes: [wire, sdkOverTcp, sdkOverWebSocket],
  },
];

describe.each(subjects)('$name', ({ start, skipped, expected, asksAll, retry, routes }) => {
  let ensemble: Ensemble;
  let grounds: Grounds;

  beforeAll(async () => {
    if (skipped !== undefined) return;
    ensemble = await start();
    ensemble.start();
    await ensemble.ready();
    grounds = await Grounds.open(ensemble.members[0]?.tcpPort ?? 0);
  });
  afterAll(async () => {
    await grounds?.[Symbol.asyncDispose]();
    await ensemble?.stop();
  });

  describe.skipIf(skipped !== undefined).each(routes)('$name', ({ via, stage }) => {
    for (const { name, cases } of scripts) {
      const runnable = cases.filter((one) => one.via.includes(via) && (one.isAsked || asksAll));
      if (runnable.length === 0) continue;
      describe(name, () => {
        for (const one of runnable) {
          test.concurrent(one.name, { retry }, async () => {
            const outcomes = await runCase(stage(ensemble), grounds, one);
            expect(renderCase(one, outcomes)).toBe(renderCase(one, stepsOf(one).map(expected)));
          });
        }
      });
    }
  });
});
