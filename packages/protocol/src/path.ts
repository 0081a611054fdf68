/** The node in which servers keep the membership. It is the same node whatever the client's chroot is. */
export const CONFIG_PATH = '/zookeeper/config';

/** ZooKeeper's rules for paths (PathUtils.validatePath). Returns why `path` is refused, or `undefined` when it is fine. */
export function pathProblem(path: string): string | undefined {
  if (path.length === 0) return 'the path is empty';
  if (path.charCodeAt(0) !== SLASH) return 'the path does not start with "/"';
  if (path.length === 1) return undefined;
  if (path.charCodeAt(path.length - 1) === SLASH) return 'the path ends with "/"';
  let nameStart = 1;
  for (let i = 1; i <= path.length; i++) {
    const unit = i < path.length ? path.charCodeAt(i) : SLASH;
    if (unit === SLASH) {
      const length = i - nameStart;
      if (length === 0) return `an empty name at ${i}`;
      const dots =
        path.charCodeAt(nameStart) === DOT &&
        (length === 1 || (length === 2 && path.charCodeAt(nameStart + 1) === DOT));
      if (dots) return `a relative name at ${nameStart}`;
      nameStart = i + 1;
    } else if (isForbidden(unit)) {
      return `character U+${unit.toString(16).padStart(4, '0')} at ${i}`;
    }
  }
  return undefined;
}

/** Does the same as `pathProblem` for the path of a sequential create, which may end with "/" because a number follows. */
export function sequentialPathProblem(path: string): string | undefined {
  return pathProblem(`${path}1`);
}

/** The path above `path`; `/` for a child of the root. `path` is a valid path other than `/`. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The last name of a valid path other than `/`. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Returns the path of the child `name` of `parent`. */
export function joinPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

const SLASH = 0x2f;
const DOT = 0x2e;

function isForbidden(unit: number): boolean {
  return (
    unit <= 0x1f ||
    (unit >= 0x7f && unit <= 0x9f) ||
    (unit >= 0xd800 && unit <= 0xf8ff) ||
    (unit >= 0xfff0 && unit <= 0xffff)
  );
}
