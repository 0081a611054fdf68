/** The command that made a node, where it is one of Conclave's own. Nodes of ZooKeeper's operations are plain. */
export const ZnodeRole = { plain: 0, contender: 1, participant: 2, ready: 3 } as const;
export type ZnodeRole = (typeof ZnodeRole)[keyof typeof ZnodeRole];
