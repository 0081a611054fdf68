import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine that figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** The file system of the folder that holds the data. */
  readonly fileSystem: string;
  /** The machine's load average over fifteen minutes, which includes its other work. */
  readonly loadAverage: number;
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
  16914836: 'tmpfs',
  801189825: 'zfs',
};

/** `dataParent` is the folder that data is written below. */
export async function describeMachine(dataParent: string): Promise<Machine> {
  const { type: magic } = await statfs(dataParent);
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[magic] ?? `0x${magic.toString(16)}`,
    loadAverage: Math.round((loadavg()[2] ?? 0) * 10) / 10,
  };
}

/** Describes the machine on one line, with a warning if the data is on a file system in memory. */
export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryGiB, system, node, fileSystem, loadAverage } = machine;
  const volatile = fileSystem === 'tmpfs' ? ' (in memory: nothing here is durable)' : '';
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB of memory, ${system}, Node ${node}, data on ${fileSystem}${volatile}, load average ${loadAverage}`;
}
