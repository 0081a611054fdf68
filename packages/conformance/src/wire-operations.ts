import type { Arguments } from './arguments.ts';
import { errorText } from './error-names.ts';
import { type JuteReader, JuteWriter } from './jute.ts';
import { aclText, dataText, listText, pathText, type StatFields, statText } from './outcome.ts';

/** A request as a frame, and a reader for its answer. */
export interface WireOperation {
  readonly opcode: number;
  /** Defined if the protocol fixes it. */
  readonly xid?: number;
  readonly record: Uint8Array;
  readonly read: (body: JuteReader) => string;
}

type Shape = Omit<WireOperation, 'record'> & {
  readonly write: (writer: JuteWriter, given: Arguments) => void;
};

const done = () => 'ok';
const path = (writer: JuteWriter, given: Arguments) => void writer.string(given.path);
const pathAndWatch = (writer: JuteWriter, given: Arguments) => {
  writer.string(given.path).boolean(given.has('watch'));
};
const pathAndVersion = (writer: JuteWriter, given: Arguments) => {
  writer.string(given.path).int(given.integer('version', -1));
};
const nothing = () => {};
const readStatText = (body: JuteReader) => statText(readStat(body));
const readPath = (body: JuteReader) => pathText(String(body.string()));
const readCreated = (body: JuteReader) => `${readPath(body)} ${readStatText(body)}`;

/** Flags of the modes, by the SDK's names. */
const MODES: Readonly<Record<string, number>> = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  ttl: 5,
  ttlSequential: 6,
};

const shapes: Readonly<Record<string, Shape>> = {
  create: { opcode: 1, write: writeCreate('persistent'), read: readPath },
  delete: { opcode: 2, write: pathAndVersion, read: done },
  exists: { opcode: 3, write: pathAndWatch, read: readStatText },
  // The SDK does not distinguish no data from empty data; `getBytes` does.
  getData: {
    opcode: 4,
    write: pathAndWatch,
    read: (body) => `${dataText(body.buffer() ?? Buffer.alloc(0))} ${readStatText(body)}`,
  },
  getBytes: { opcode: 4, write: pathAndWatch, read: (body) => dataText(body.buffer()) },
  setData: {
    opcode: 5,
    write: (writer, given) => {
      writer.string(given.path).buffer(given.data).int(given.integer('version', -1));
    },
    read: readStatText,
  },
  getACL: { opcode: 6, write: path, read: (body) => `${aclText(readAcl(body))} ${readStatText(body)}` },
  setACL: {
    opcode: 7,
    write: (writer, given) => {
      writer.string(given.path);
      writeAcl(writer, given);
      writer.int(given.integer('version', -1));
    },
    read: readStatText,
  },
  getChildren: { opcode: 8, write: pathAndWatch, read: readNames },
  sync: { opcode: 9, write: path, read: readPath },
  ping: { opcode: 11, xid: -2, write: nothing, read: done },
  getChildren2: {
    opcode: 12,
    write: pathAndWatch,
    read: (body) => `${readNames(body)} ${readStatText(body)}`,
  },
  check: { opcode: 13, write: pathAndVersion, read: done },
  multi: { opcode: 14, write: writeParts, read: readResults },
  create2: { opcode: 15, write: writeCreate('persistent'), read: readCreated },
  reconfig: {
    opcode: 16,
    write: (writer, given) => {
      for (const key of ['joining', 'leaving', 'members']) writer.string(given.text(key, '') || null);
      writer.long(given.long('version', -1n));
    },
    read: done,
  },
  checkWatches: { opcode: 17, write: pathAndWatcherType, read: done },
  removeWatches: { opcode: 18, write: pathAndWatcherType, read: done },
  createContainer: { opcode: 19, write: writeCreate('container'), read: readCreated },
  deleteContainer: { opcode: 20, write: path, read: done },
  createTTL: {
    opcode: 21,
    write: (writer, given) => {
      writeCreate('ttl')(writer, given);
      writer.long(given.long('ttl', 0n));
    },
    read: readCreated,
  },
  multiRead: { opcode: 22, write: writeParts, read: readResults },
  auth: {
    opcode: 100,
    xid: -4,
    write: (writer, given) => {
      writer.int(0).string(given.path).buffer(given.data);
    },
    read: done,
  },
  setWatches: {
    opcode: 101,
    xid: -8,
    write: (writer, given) => writeWatches(writer, given, ['data', 'exist', 'child']),
    read: done,
  },
  sasl: {
    opcode: 102,
    write: (writer, given) => void writer.buffer(given.data),
    read: (body) => dataText(body.buffer()),
  },
  getEphemerals: {
    opcode: 103,
    write: path,
    read: (body) => listText(body.vector(() => String(body.string()))),
  },
  getAllChildrenNumber: { opcode: 104, write: path, read: (body) => String(body.int()) },
  setWatches2: {
    opcode: 105,
    xid: -8,
    write: (writer, given) =>
      writeWatches(writer, given, ['data', 'exist', 'child', 'persistent', 'recursive']),
    read: done,
  },
  addWatch: {
    opcode: 106,
    write: (writer, given) => {
      writer.string(given.path).int(given.integer('mode', 0));
    },
    read: (body) => errorText(body.int()),
  },
  whoAmI: {
    opcode: 107,
    write: nothing,
    read: (body) => listText(body.vector(() => `${body.string()}:${body.string()}`)),
  },
  closeSession: { opcode: -11, write: nothing, read: done },
};

/** Returns `undefined` for an unknown verb. `opcode=` and `xid=` replace the right ones if they are given. */
export function wireOperation(given: Arguments): WireOperation | undefined {
  const shape = shapes[given.verb];
  if (shape === undefined) return undefined;
  const { opcode, xid, write, read } = shape;
  const writer = new JuteWriter();
  write(writer, given);
  return {
    opcode: given.integer('opcode', opcode),
    ...(xid === undefined ? {} : { xid }),
    record: writer.take(),
    read,
  };
}

function writeCreate(mode: string): (writer: JuteWriter, given: Arguments) => void {
  return (writer, given) => {
    writer.string(given.path).buffer(given.data);
    writeAcl(writer, given);
    writer.int(given.integer('flags', MODES[given.text('mode', mode)] ?? -1));
  };
}

function writeAcl(writer: JuteWriter, given: Arguments): void {
  writer.vector(given.acl(), ({ permissions, scheme, id }) => {
    writer.int(permissions).string(scheme).string(id);
  });
}

const WATCHER_TYPES: Readonly<Record<string, number>> = {
  children: 1,
  data: 2,
  any: 3,
  persistent: 4,
  recursive: 5,
};

function pathAndWatcherType(writer: JuteWriter, given: Arguments): void {
  const type = given.text('type', 'any');
  writer.string(given.path).int(WATCHER_TYPES[type] ?? Number(type));
}

function writeWatches(writer: JuteWriter, given: Arguments, lists: readonly string[]): void {
  writer.long(given.long('zxid', 0n));
  for (const list of lists) writer.vector(given.paths(list), (watched) => void writer.string(watched));
}

function writeParts(writer: JuteWriter, given: Arguments): void {
  for (const part of given.parts) {
    const operation = wireOperation(part);
    if (operation === undefined) throw new TypeError(`${part.verb} cannot be part of ${given.verb}`);
    writer.int(operation.opcode).boolean(false).int(-1).bytes(operation.record);
  }
  writer.int(-1).boolean(true).int(-1);
}

function readResults(body: JuteReader): string {
  const results: string[] = [];
  for (;;) {
    const [type, isLast] = [body.int(), body.boolean(), body.int()];
    if (isLast) return `[${results.join(' | ')}]`;
    const shape = Object.values(shapes).find(({ opcode }) => opcode === type);
    results.push(type === -1 ? errorText(body.int()) : (shape?.read(body) ?? `a result of type ${type}`));
  }
}

function readNames(body: JuteReader): string {
  return listText(body.vector(() => String(body.string())));
}

function readAcl(body: JuteReader) {
  return body.vector(() => ({
    permissions: body.int(),
    scheme: String(body.string()),
    id: String(body.string()),
  }));
}

function readStat(body: JuteReader): StatFields {
  return {
    czxid: body.long(),
    mzxid: body.long(),
    ctime: Number(body.long()),
    mtime: Number(body.long()),
    version: body.int(),
    cversion: body.int(),
    aversion: body.int(),
    ephemeralOwner: body.long(),
    dataLength: body.int(),
    numChildren: body.int(),
    pzxid: body.long(),
  };
}
