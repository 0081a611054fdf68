import { agreementBugs } from './agreement-bugs.ts';
import type { Mutation } from './mutation.ts';
import { serviceBugs } from './service-bugs.ts';

/** Bugs that other systems have had, or that are easy to make. The simulator must find each of them. */
export const mutations: readonly Mutation[] = [...agreementBugs, ...serviceBugs];
