/** An admin command's answer: JSON whose long lists and records are generated while they are sent. */
export type LazyJson =
  | string
  | number
  | boolean
  | null
  | readonly LazyJson[]
  | { readonly [key: string]: LazyJson }
  | JsonList
  | JsonRecord;

export class JsonList {
  readonly items: Iterable<LazyJson>;

  constructor(items: Iterable<LazyJson>) {
    this.items = items;
  }
}

export class JsonRecord {
  readonly entries: Iterable<readonly [string | number, LazyJson]>;

  constructor(entries: Iterable<readonly [string | number, LazyJson]>) {
    this.entries = entries;
  }
}

/** The text of a value, in pieces, indented by two spaces. */
export function* jsonText(value: LazyJson, indent = ''): Generator<string> {
  if (value instanceof JsonList) yield* list(value.items, indent);
  else if (Array.isArray(value)) yield* list(value, indent);
  else if (value instanceof JsonRecord) yield* record(value.entries, indent);
  else if (typeof value === 'object' && value !== null) yield* record(Object.entries(value), indent);
  else yield JSON.stringify(value);
}

function* list(items: Iterable<LazyJson>, indent: string): Generator<string> {
  const inner = `${indent}  `;
  let separator = `[\n${inner}`;
  for (const item of items) {
    yield separator;
    yield* jsonText(item, inner);
    separator = `,\n${inner}`;
  }
  yield separator.startsWith('[') ? '[]' : `\n${indent}]`;
}

function* record(entries: Iterable<readonly [string | number, LazyJson]>, indent: string): Generator<string> {
  const inner = `${indent}  `;
  let separator = `{\n${inner}`;
  for (const [key, item] of entries) {
    yield `${separator}${JSON.stringify(String(key))}: `;
    yield* jsonText(item, inner);
    separator = `,\n${inner}`;
  }
  yield separator.startsWith('{') ? '{}' : `\n${indent}}`;
}
