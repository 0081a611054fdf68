import { CommandRegistry } from '../command-registry.ts';
import { addWatch } from './add-watch.ts';
import { addauth } from './addauth.ts';
import { close } from './close.ts';
import { config } from './config.ts';
import { connect } from './connect.ts';
import { create } from './create.ts';
import { deleteOne } from './delete.ts';
import { deleteall } from './deleteall.ts';
import { delquota } from './delquota.ts';
import { get } from './get.ts';
import { getAcl } from './get-acl.ts';
import { getAllChildrenNumber } from './get-all-children-number.ts';
import { getEphemerals } from './get-ephemerals.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { holder } from './holder.ts';
import { listquota } from './listquota.ts';
import { lock } from './lock.ts';
import { ls } from './ls.ts';
import { multi } from './multi.ts';
import { printwatches } from './printwatches.ts';
import { quit } from './quit.ts';
import { redo } from './redo.ts';
import { removewatches } from './removewatches.ts';
import { session } from './session.ts';
import { set } from './set.ts';
import { setAcl } from './set-acl.ts';
import { setquota } from './setquota.ts';
import { stat } from './stat.ts';
import { sync } from './sync.ts';
import { unlock } from './unlock.ts';
import { version } from './version.ts';
import { whoami } from './whoami.ts';

/** All commands, in the order of `help`. */
export const allCommands = new CommandRegistry([
  ls,
  create,
  get,
  set,
  stat,
  deleteOne,
  deleteall,
  multi,
  getAllChildrenNumber,
  getEphemerals,
  sync,
  addWatch,
  removewatches,
  printwatches,
  getAcl,
  setAcl,
  addauth,
  whoami,
  setquota,
  listquota,
  delquota,
  config,
  lock,
  unlock,
  holder,
  session,
  connect,
  close,
  history,
  redo,
  help,
  version,
  quit,
]);
