import { agreementBugs } from './agreement-bugs.ts';
import type { Mutation } from './mutation.ts';
import { serviceBugs } from './service-bugs.ts';

/** Bugs that others have had, or that anybody might: the simulator must find each of them. */
export const mutations: readonly Mutation[] = [...agreementBugs, ...serviceBugs];
