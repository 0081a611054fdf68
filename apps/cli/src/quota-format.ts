import type { JsonValue } from './json.ts';
import type { Quota } from './quota.ts';
import { renderFields } from './stat-format.ts';
import type { Styling } from './styling.ts';

/** zkCli's letters for the limits. */
export const limitByOption: Readonly<Record<string, keyof Quota>> = {
  '-n': 'count',
  '-b': 'bytes',
  '-N': 'countHardLimit',
  '-B': 'byteHardLimit',
};
export const quotaOptions = Object.keys(limitByOption);

/** The limits for programs: null for one that is not set. */
export function quotaJson(quota: Quota): JsonValue {
  return Object.fromEntries(Object.entries(quota).map(([name, value]) => [name, value < 0 ? null : value]));
}

/** The limits for people, without those that are not set. */
export function renderQuota(quota: Quota, styling: Styling): string {
  return renderFields(Object.fromEntries(Object.entries(quota).filter(([, value]) => value >= 0)), styling);
}
