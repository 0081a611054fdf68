import type { Command } from '../command.ts';
import { quietly } from '../result.ts';

export const addauth: Command = {
  name: 'addauth',
  only: 'shell',
  syntax: { options: {}, operands: [{ name: 'scheme' }, { name: 'credential' }] },
  summary: 'add an identity to this session, for ACLs that name it',
  details: [
    'The scheme is digest, and the credential is user:password. The identity lasts until the shell ends',
    'or connects to other servers. On a command line, use --auth or the variable CONCLAVE_AUTH instead.',
  ].join('\n'),
  examples: ['addauth digest ann:secret'],
  async run(args, { connection, signal }) {
    const scheme = args.operand('scheme');
    await connection.addAuth(scheme, args.operand('credential'), signal);
    return quietly({ scheme });
  },
};
