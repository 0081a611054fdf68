import { formatZxid, nodeKindOf, type Stat } from '@conclave/client';
import type { JsonValue } from './json.ts';
import type { Styling } from './styling.ts';

/** The fields of a stat by zkCli's names and in its order, then the kind of a container or of a node with a time to live. */
export function statFields(stat: Stat): Record<string, string | number> {
  return {
    cZxid: formatZxid(stat.czxid),
    ctime: new Date(stat.ctime).toISOString(),
    mZxid: formatZxid(stat.mzxid),
    mtime: new Date(stat.mtime).toISOString(),
    pZxid: formatZxid(stat.pzxid),
    cversion: stat.cversion,
    dataVersion: stat.version,
    aclVersion: stat.aversion,
    ephemeralOwner: `0x${BigInt.asUintN(64, stat.ephemeralOwner).toString(16)}`,
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    ...kindFields(stat),
  };
}

function kindFields({ ephemeralOwner }: Stat): Record<string, string | number> {
  const node = nodeKindOf(ephemeralOwner);
  if (node.kind === 'ttl') return { kind: node.kind, ttlMs: node.ttlMs };
  return node.kind === 'container' ? { kind: node.kind } : {};
}

export function statJson(stat: Stat): JsonValue {
  return statFields(stat);
}

/** One line per field: `cZxid = 0x100000002`. */
export function renderStat(stat: Stat, styling: Styling): string {
  return renderFields(statFields(stat), styling);
}

/** One line per field: `name = value`. */
export function renderFields(
  fields: Readonly<Record<string, string | number | boolean>>,
  styling: Styling,
): string {
  return Object.entries(fields)
    .map(([name, value]) => `${styling.dim(`${name} =`)} ${value}`)
    .join('\n');
}
