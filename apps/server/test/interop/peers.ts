import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian installs the clients that Conclave is tested with. Each function below returns what is missing. */
export const ZKCLI = '/usr/share/zookeeper/bin/zkCli.sh';
/** Debian's own Python, because another one on the path would not find Debian's packages. */
export const PYTHON = '/usr/bin/python3';
export const JAVA = '/usr/bin/java';
export const GCC = '/usr/bin/gcc';
const JAVAC = '/usr/bin/javac';

const CURATOR_JARS = [
  'zookeeper',
  'slf4j-simple',
  'curator-recipes',
  'curator-framework',
  'curator-client',
  'guava',
].map((name) => `/usr/share/java/${name}.jar`);
export const CURATOR_CLASSPATH = CURATOR_JARS.join(':');

export function zkcliMissing(): string | undefined {
  return filesMissing([ZKCLI, JAVA], 'zookeeper default-jre-headless');
}

export function kazooMissing(): string | undefined {
  if (spawnSync(PYTHON, ['-c', 'import kazoo']).status === 0) return undefined;
  return 'kazoo is missing: apt-get install python3-kazoo';
}

export function curatorMissing(): string | undefined {
  return filesMissing(
    [JAVA, JAVAC, ...CURATOR_JARS],
    'libcurator-recipes-java zookeeper default-jdk-headless',
  );
}

export function cClientMissing(): string | undefined {
  return filesMissing([GCC, '/usr/include/zookeeper/zookeeper.h'], 'libzookeeper-mt-dev gcc libc6-dev');
}

/** The title of a group of tests, with the reason if they cannot run. */
export function titled(title: string, missing: string | undefined): string {
  return missing === undefined ? title : `${title} (${missing})`;
}

function filesMissing(files: readonly string[], packages: string): string | undefined {
  const file = files.find((path) => !existsSync(path));
  return file === undefined ? undefined : `${file} is missing: apt-get install ${packages}`;
}
