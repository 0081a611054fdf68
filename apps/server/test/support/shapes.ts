/** A text without figures, dates and versions, and with only one of several equal lines. */
export function textShape(text: string): string[] {
  const masked = text
    .replace(/(?<=[Zz]ookeeper.version[=:]\s?|zk_version\t).*/g, 'VERSION')
    .replace(/\w{3} \w{3} \d\d [\d:]{8} UTC \d{4}/g, 'DATE')
    .replace(/0x[0-9a-f]+/g, 'HEX')
    .replace(/(?<=[dD]ir=).*/g, 'PATH')
    .replace(/-?\d+(\.\d+)?/g, 'N');
  return [...new Set(masked.split('\n'))];
}

/** A JSON value with types in place of its values. A list keeps its first item, and numbered keys become one. */
export function jsonShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(jsonShape);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [/^(\d+|\/.*)$/.test(key) ? 'KEY' : key, jsonShape(item)]),
  );
}

/** The names of all fields; nested ones as `outer.inner`. */
export function fieldNames(value: unknown, before = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    before + key,
    ...fieldNames(item, `${before}${key}.`),
  ]);
}
