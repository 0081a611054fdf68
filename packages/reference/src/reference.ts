import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  Converter,
  type DeclarationReflection,
  type DocumentReflection,
  Logger,
  LogLevel,
  MinimalSourceFile,
  normalizePath,
  type ProjectReflection,
  ReflectionKind,
} from 'typedoc';
import { type PublishedPackage, publishedPackages, ROOT } from './packages.ts';

/** What programs import: clients of an ensemble, and those that run a server within themselves. */
const DOCUMENTED = ['@conclave/client', '@conclave/recipes', '@conclave/protocol', '@conclave/server'];

/**
 * Makes the API reference of the packages out of the docstrings in their sources, with each package's README in front
 * and the pages of `docs` beside it.
 *
 * @returns what is wrong with it, in sentences: links that lead nowhere, public names without a docstring, options
 *   without a description, types that are mentioned and not exported. Nothing is written then.
 */
export async function buildReference(out?: string): Promise<string[]> {
  const packages = documentedPackages();
  const logger = new Collector();
  const application = await Application.bootstrap({
    ...settings,
    entryPoints: packages.map(({ entry }) => join(ROOT, entry)),
    projectDocuments: pages(),
    packagesRequiringDocumentation: packages.map(({ name }) => name),
  });
  application.logger = logger;
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    namePackages(application, project, packages);
    project.documents?.forEach(nameDocument);
  });
  const project = await application.convert();
  if (project === undefined) return [...logger.problems, 'The sources could not be read.'];
  application.validate(project);
  requireExports(application, project, packages);
  const problems = [...logger.problems, ...undescribedOptions(project)];
  if (problems.length === 0 && out !== undefined) await application.generateDocs(project, out);
  return [...new Set([...problems, ...logger.problems])];
}

const settings = {
  name: 'Conclave',
  readme: join(ROOT, 'README.md'),
  tsconfig: join(ROOT, 'packages/reference/tsconfig.reference.json'),
  // `npm test` checks the types with the project's own compiler.
  skipErrorChecking: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  disableGit: true,
  sortEntryPoints: false,
  hideGenerator: true,
  includeHierarchySummary: false,
  githubPages: false,
  validation: { notExported: false, notDocumented: true, invalidLink: true, invalidPath: true },
  requiredToBeDocumented: [
    'Variable',
    'Function',
    'Class',
    'Interface',
    'TypeAlias',
    'Method',
    'Accessor',
  ] satisfies (keyof typeof ReflectionKind)[],
  // The schema's settings stand in docs/configuration.md.
  intentionallyNotDocumented: [],
  navigation: { includeGroups: false, includeFolders: false },
  markdownItLoader: highlightIndentedCode,
};

function documentedPackages(): PublishedPackage[] {
  const all = publishedPackages();
  return DOCUMENTED.flatMap((name) => all.filter((each) => each.name === name));
}

/** Takes what typedoc has to say instead of printing it. */
class Collector extends Logger {
  readonly problems: string[] = [];

  override log(text: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.problems.push(text);
  }
}

function pages(): string[] {
  return readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('api/'))
    .sort()
    .map((file) => join(ROOT, 'docs', file));
}

/** Each module is called as its package, and begins with the package's README. */
function namePackages(
  { converter }: Application,
  project: ProjectReflection,
  packages: readonly PublishedPackage[],
): void {
  const modules = project.getChildrenByKind(ReflectionKind.Module) as DeclarationReflection[];
  packages.forEach(({ name, folder, description }, index) => {
    const module = modules[index];
    if (module === undefined) throw new Error(`${name} is missing.`);
    module.name = name;
    const file = join(ROOT, folder, 'README.md');
    const text = existsSync(file) ? readFileSync(file, 'utf8').replace(/^# .*\n/, '') : description;
    module.readme = converter.parseRawComment(
      new MinimalSourceFile(text, normalizePath(file)),
      project.files,
    ).content;
  });
}

/** A page is called as its heading. */
function nameDocument(document: DocumentReflection): void {
  const [first] = document.content;
  if (first?.kind !== 'text') return;
  const [, heading, rest] = /^# (.*)\n([\s\S]*)$/.exec(first.text.trimStart()) ?? [];
  if (heading === undefined || rest === undefined) return;
  document.name = heading.replaceAll('`', '');
  first.text = rest;
}

/** typedoc looks only at the package that the project is named after. */
function requireExports(
  application: Application,
  project: ProjectReflection,
  packages: readonly PublishedPackage[],
): void {
  application.options.setValue('validation', {
    notExported: true,
    notDocumented: false,
    invalidLink: false,
    invalidPath: false,
  });
  for (const { name } of packages) {
    project.packageName = name;
    application.validate(project);
  }
}

/** An option says what it does, although other fields may leave that to their names. */
function undescribedOptions(project: ProjectReflection): string[] {
  return project
    .getReflectionsByKind(ReflectionKind.Interface)
    .filter(({ name }) => name.endsWith('Options'))
    .flatMap((options) => (options as DeclarationReflection).children ?? [])
    .filter((option) => !option.hasComment() && option.signatures === undefined)
    .map((option) => `${option.getFriendlyFullName()} is an option without a description`);
}

/** Docstrings mark an example by its indentation. It is TypeScript. */
function highlightIndentedCode(parser: MarkdownParser): void {
  const { rules } = parser.renderer;
  rules.code_block = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token !== undefined) token.info = 'ts';
    return rules.fence?.(tokens, index, ...rest) ?? '';
  };
}

interface MarkdownParser {
  readonly renderer: { readonly rules: Record<string, RenderRule | undefined> };
}

type RenderRule = (tokens: { info: string }[], index: number, ...rest: unknown[]) => string;
