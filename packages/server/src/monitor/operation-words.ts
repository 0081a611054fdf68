import { OpCode } from '@conclave/protocol';

/** ZooKeeper's words for operations, as `cons` and similar commands show them. */
const wordByOpcode = new Map<number, string>([
  [OpCode.create, 'CREA'],
  [OpCode.create2, 'CREA'],
  [OpCode.createContainer, 'CREA'],
  [OpCode.createTTL, 'CREA'],
  [OpCode.delete, 'DELE'],
  [OpCode.deleteContainer, 'DELE'],
  [OpCode.exists, 'EXIS'],
  [OpCode.getData, 'GETD'],
  [OpCode.setData, 'SETD'],
  [OpCode.getACL, 'GETA'],
  [OpCode.setACL, 'SETA'],
  [OpCode.getChildren, 'GETC'],
  [OpCode.getChildren2, 'GETC'],
  [OpCode.getAllChildrenNumber, 'GETACN'],
  [OpCode.getEphemerals, 'GETE'],
  [OpCode.sync, 'SYNC'],
  [OpCode.ping, 'PING'],
  [OpCode.multi, 'MULT'],
  [OpCode.multiRead, 'MLTR'],
  [OpCode.check, 'CHEC'],
  [OpCode.reconfig, 'RECO'],
  [OpCode.setWatches, 'SETW'],
  [OpCode.setWatches2, 'STW2'],
  [OpCode.addWatch, 'ADDW'],
  [OpCode.checkWatches, 'CHKW'],
  [OpCode.removeWatches, 'REMW'],
  [OpCode.whoAmI, 'HOMI'],
  [OpCode.createSession, 'SESS'],
  [OpCode.closeSession, 'CLOS'],
  [OpCode.listChildren, 'LIST'],
  [OpCode.guarded, 'GUAR'],
  [OpCode.lineJoin, 'JOIN'],
  [OpCode.lineLeave, 'LEAV'],
  [OpCode.lineHolder, 'HOLD'],
  [OpCode.lineStatus, 'LINE'],
  [OpCode.barrierEnter, 'ENTR'],
  [OpCode.barrierLeave, 'EXIT'],
  [OpCode.setNativeWatches, 'SETN'],
]);

/** The word for an operation. `NA` before the first operation, and for one that has no word. */
export function operationWord(opcode: number | undefined): string {
  return (opcode === undefined ? undefined : wordByOpcode.get(opcode)) ?? 'NA';
}
