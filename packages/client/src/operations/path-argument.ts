import { pathProblem, sequentialPathProblem } from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import { type CreateMode, isSequential } from './node-data.ts';

/** Throws INVALID_PATH if `path` breaks the rules for paths. */
export function mustBePath(path: string): void {
  const problem = pathProblem(path);
  if (problem !== undefined) throw invalidPath(path, problem);
}

/** As `mustBePath`, for a node to create. The path of a sequential node may end with "/", because a number follows. */
export function mustBeNewPath(path: string, mode: CreateMode | undefined): void {
  const problem = isSequential(mode) ? sequentialPathProblem(path) : pathProblem(path);
  if (problem !== undefined) throw invalidPath(path, problem);
}

function invalidPath(path: string, problem: string): ConclaveError {
  return new ConclaveError('INVALID_PATH', `${JSON.stringify(path)}: ${problem}`, { path });
}
