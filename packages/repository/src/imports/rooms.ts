import { posix } from 'node:path';
import type { ImportGraph } from './import-graph.ts';

/**
 * From each box of a package to the boxes that it may import. A box is a folder right below `src`, with all that is in
 * it, or a file there. The boxes stand in their order, from top to bottom: a box may import only boxes below it.
 */
export type Rooms = ReadonlyMap<string, readonly string[]>;

/** What a file may import inside its package, for the packages that have rooms. */
export const ROOMS: Readonly<Record<string, Rooms>> = {
  'packages/server': table(`
    index: *
    server: *
    doors: monitor clients config environment
    monitor: clients replica watches stats config environment
    clients: replica peers requests watches stats config environment
    replica: peers stats environment
    peers: environment
    requests: watches stats config environment
    watches: stats config environment
    stats:
    config:
    environment:
  `),
  'packages/client': table(`
    browser: public connect client browser-environment
    index: *
    public: *
    connect: conclave-client client operations session connection environment errors logger
    conclave-client: client operations session watches response-to errors events
    client: operations session watches response-to
    node-environment: heartbeat environment
    operations: session watches response-to errors
    heartbeat: connection environment logger
    session: connection watches environment errors events logger
    browser-environment: environment
    connection: environment logger
    watches: response-to errors events
    environment: errors
    response-to: errors
    errors:
    events:
    logger:
  `),
  'packages/storage': table(`
    index: *
    memory: checkpoint log reconcile storage errors hold mutex pending-batches
    sqlite: checkpoint log reconcile files storage threads errors hold mutex pending-batches
    checkpoint: files storage threads errors
    log: files storage threads errors
    reconcile: storage errors
    pending-batches: errors
    files: storage errors
    storage: errors
    threads: errors
    errors:
    hold:
    mutex:
  `),
  'packages/tree': table(`
    index: *
    tree: *
    reads: line-operations node-operations sessions namespace znode access children-page
    barrier-operations: node-operations missing-parents namespace barrier-rounds requester znode access
      session node-owner znode-role
    line-operations: node-operations missing-parents namespace requester znode access line session
      contender-name data-arena znode-role
    multi: node-operations sessions namespace node-checks requester znode access node-owner
    checkpoint-loader: sessions namespace row-codec znode session checkpoint checkpoint-error node-owner
    node-operations: sessions namespace txn expiry node-checks requester node-owner znode-role
    missing-parents: namespace requester znode node-owner znode-role
    sessions: namespace znode session answers checkpoint digest node-owner
    namespace: touched-lines txn barrier-rounds expiry quotas change requester znode access line session
      checkpoint contender-name data-arena digest node-owner znode-role
    payload: txn access
    touched-lines: txn change znode line
    txn: quotas change access session
    barrier-rounds: znode node-owner znode-role
    expiry: znode node-owner
    node-checks: requester access contender-name node-owner
    quotas: requester znode data-arena
    row-codec: znode access session answers checkpoint data-arena znode-role
    watches: change access
    change: access
    requester: access session
    znode: access line checkpoint data-arena digest node-owner znode-role
    access: digest
    line: contender-name live-counts node-owner znode-role
    session: answers checkpoint digest
    answers:
    checkpoint:
    checkpoint-error:
    children-page:
    contender-name:
    data-arena:
    digest:
    live-counts:
    node-owner:
    znode-role:
  `),
  'packages/simulator': table(`
    main: *
    crew-worker: crew report simulate scenario workloads
    soak: crew figures report shrink simulate scenario faults workloads trace
    crew: report scenario
    figures: report faults world tally
    index: *
    arguments: scenario-file scenario workloads mutations
    report: simulate tally
    shrink: simulate scenario faults
    scenario-file: scenario faults workloads
    simulate: scenario faults programs ensemble workloads checkers world history tally trace violation
    scenario: faults ensemble workloads world
    faults: ensemble world
    programs: workloads world
    ensemble: checkers world violation
    workloads: checkers world history tally violation
    checkers: history violation
    world: trace
    history:
    mutations:
    tally:
    trace:
    violation:
  `),
  'packages/repository': table(`
    english: sources
    imports: sources
    sources:
  `),
};

/** Reads lines like `session: connection watches`. A `*` stands for all boxes below. */
export function table(text: string): Rooms {
  const entries = Array.from(
    text.matchAll(/([\w-]+):([^:]*)(?=\s[\w-]+:|$)/g),
    ([, box = '', list = '']) => ({
      box,
      allowed: list.split(/\s+/).filter((name) => name !== ''),
    }),
  );
  const names = entries.map(({ box }) => box);
  return new Map(
    entries.map(({ box, allowed }, i) => [box, allowed[0] === '*' ? names.slice(i + 1) : allowed] as const),
  );
}

/**
 * The imports of a package that its table does not allow, and what is wrong with the table itself. A file may always
 * import its own box. Tests may import any box.
 *
 * @param folder `packages/server`.
 */
export function roomProblems(folder: string, rooms: Rooms, graph: ImportGraph): string[] {
  const source = `${folder}/src/`;
  const files = Array.from(graph.keys()).filter(
    (file) => file.startsWith(source) && !file.endsWith('.test.ts'),
  );
  const boxOf = (file: string) => file.slice(source.length).replace(/\/.*|\.\w+$/, '');
  const importProblems = files.flatMap((file) => {
    const box = boxOf(file);
    const allowed = rooms.get(box);
    return (graph.get(file) ?? [])
      .filter((target) => target.startsWith(source) && boxOf(target) !== box)
      .filter((target) => allowed !== undefined && !allowed.includes(boxOf(target)))
      .map(
        (target) =>
          `${file}: imports ${posix.relative(source, target)}, but ${box} may not import ${boxOf(target)}`,
      );
  });
  return [...tableProblems(folder, rooms, new Set(files.map(boxOf))), ...importProblems];
}

function tableProblems(folder: string, rooms: Rooms, present: ReadonlySet<string>): string[] {
  const names = Array.from(rooms.keys());
  const missing = Array.from(present).filter((box) => !rooms.has(box));
  const gone = names.filter((box) => !present.has(box));
  return [
    ...missing.map((box) => `${folder}: the table of rooms lacks ${box}`),
    ...gone.map((box) => `${folder}: the table of rooms names ${box}, which does not exist`),
    ...names.flatMap((box, i) => {
      const upwards = (rooms.get(box) ?? []).filter((target) => !names.slice(i + 1).includes(target));
      return upwards.map(
        (target) => `${folder}: the table lets ${box} import ${target}, which does not stand below it`,
      );
    }),
  ];
}
