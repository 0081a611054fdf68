import { CommandRegistry } from '../command-registry.ts';
import { close } from './close.ts';
import { connect } from './connect.ts';
import { create } from './create.ts';
import { deleteOne } from './delete.ts';
import { deleteall } from './deleteall.ts';
import { get } from './get.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { holder } from './holder.ts';
import { lock } from './lock.ts';
import { ls } from './ls.ts';
import { quit } from './quit.ts';
import { redo } from './redo.ts';
import { session } from './session.ts';
import { set } from './set.ts';
import { stat } from './stat.ts';
import { sync } from './sync.ts';
import { unlock } from './unlock.ts';
import { version } from './version.ts';

/** All commands, in the order of `help`. */
export const allCommands = new CommandRegistry([
  ls,
  create,
  get,
  set,
  stat,
  deleteOne,
  deleteall,
  sync,
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
