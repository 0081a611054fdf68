import type { Fault } from './fault.ts';

const HOLD_MS = 1_000;
const HOUR_MS = 3_600_000;

export const clockFaults: readonly Fault[] = [
  {
    name: 'clocks-jump',
    summary:
      "the leader's wall clock jumps an hour ahead, a follower's an hour back, one client's a day ahead, another's a day back; then all are corrected",
    needs: [],
    async strike(scene) {
      const { ensemble, fleet } = scene;
      const leader = await ensemble.inService();
      const [first, second] = fleet.running;
      const clocks = [
        [leader.clock, HOUR_MS],
        [scene.followerOf(leader).clock, -HOUR_MS],
        [first?.clock, 24 * HOUR_MS],
        [second?.clock, -24 * HOUR_MS],
      ] as const;
      for (const [clock, shiftMs] of clocks) await clock?.set(scene.round % 2 === 0 ? shiftMs : -shiftMs);
      await scene.hold(HOLD_MS);
      await fleet.progress(5);
      for (const [clock] of clocks) await clock?.set(0);
      await scene.hold(HOLD_MS);
      if ((await ensemble.inService()) !== leader) scene.notes.add('the leader changed');
    },
  },
];
