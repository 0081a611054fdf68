import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mountMissing } from '@conclave/testkit';
import { runCommand } from './command.ts';

/**
 * The trials run in their own namespaces for network, mounts and processes. When the trials end, for whatever reason,
 * everything that they set up and started there is gone. The machine's own network is not touched.
 */
const ENCLOSED = 'CONCLAVE_TRIALS_ENCLOSED';
const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

/** `ip netns` keeps its names below `/run`, so the enclosure gets its own file system there. */
const SET_UP_RUN = 'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up';
const PROBE = `${SET_UP_RUN} && ip netns add probe0 && ip link add probe1 type bridge && ip link add probe2 type veth peer name probe3 netns probe0`;
const SPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PROBE_FILTER = 'nft add table inet probe';

/** The features of the machine that a fault may need. */
export type Means = 'namespaces' | 'shaping' | 'mounts';

/** The reason why the machine lacks each feature, or undefined if it has it. */
export type MissingMeans = Readonly<Record<Means, string | undefined>>;

export function isEnclosed(): boolean {
  return process.env[ENCLOSED] !== undefined;
}

/** How to enter an enclosure on this machine, or why that is impossible. */
export type Entrance =
  | { readonly possible: true; readonly flags: readonly string[] }
  | { readonly possible: false; readonly reason: string };

/** Tries first with the rights that this process has, then with those that a user namespace gives. */
export async function findEntrance(): Promise<Entrance> {
  let reason = '';
  for (const flags of [SPACES, ['--map-root-user', ...SPACES]]) {
    try {
      await runCommand('unshare', [...flags, 'sh', '-c', `${PROBE} && ${PROBE_FILTER}`]);
      return { possible: true, flags };
    } catch (error) {
      reason = `namespaces are not available: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { possible: false, reason };
}

/** Runs this program again, or another one, inside an enclosure until it ends. Resolves to its exit code. */
export function runEnclosed(
  flags: readonly string[],
  argv: readonly string[],
  signal: AbortSignal,
  program = PROGRAM,
): Promise<number> {
  const inside = ['sh', '-c', `${SET_UP_RUN} && exec "$0" "$@"`, process.execPath, program, ...argv];
  // Signals do not reach into another process namespace. The closed channel shows the inner program that this one is
  // gone.
  const child = spawn('unshare', [...flags, ...inside], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [ENCLOSED]: '1' },
  });
  const leave = (): void => {
    if (child.connected) child.disconnect();
  };
  signal.addEventListener('abort', leave, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', leave);
      resolve(code ?? 1);
    });
  });
}

/** Finds out which features are missing. Call this inside the enclosure. */
export async function missingMeans(notEnclosed: string | undefined): Promise<MissingMeans> {
  if (notEnclosed !== undefined) {
    return { namespaces: notEnclosed, shaping: notEnclosed, mounts: await mountMissing() };
  }
  return { namespaces: undefined, shaping: await shapingMissing(), mounts: await mountMissing() };
}

async function shapingMissing(): Promise<string | undefined> {
  try {
    await runCommand('ip', ['link', 'add', 'probe0', 'type', 'bridge']);
    await runCommand('tc', [
      'qdisc',
      'add',
      'dev',
      'probe0',
      'root',
      ...'tbf rate 1mbit burst 16kb latency 1s'.split(' '),
    ]);
    return undefined;
  } catch (error) {
    return `slow links are not available: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await runCommand('ip', ['link', 'delete', 'probe0']).catch(() => {});
  }
}
