import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  type CommentDisplayPart,
  Converter,
  type DeclarationReflection,
  Logger,
  LogLevel,
  MinimalSourceFile,
  normalizePath,
  type ProjectReflection,
  ReflectionKind,
  type SortStrategy,
} from 'typedoc';
import { type PublishedPackage, publishedPackages, ROOT } from './packages.ts';

/** What programs import, in the order of the pages: clients of an ensemble, and programs that embed a server. */
const DOCUMENTED = ['@conclave/client', '@conclave/recipes', '@conclave/protocol', '@conclave/server'];

/** A name has its page in the first package that exports it, and the others link there. */
const CONVERTED = ['@conclave/protocol', '@conclave/client', '@conclave/recipes', '@conclave/server'];

/**
 * Makes the API reference of the packages out of the docstrings in their sources, with each package's README in front
 * and the pages of `docs` beside it.
 *
 * @param out the folder to write it to; without one it is only checked.
 * @returns what is wrong with it, in sentences: links that lead nowhere, public names without a docstring, options
 *   without a description, types that are mentioned and not exported.
 */
export async function buildReference(
  out?: string,
  packages: readonly PublishedPackage[] = documentedPackages(),
): Promise<string[]> {
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
    namePages(project);
    arrange(project);
  });
  const project = await application.convert();
  if (project === undefined) return [...logger.problems, 'The sources could not be read.'];
  application.validate(project);
  requireExports(application, project, packages);
  logger.problems.push(...undescribedOptions(project));
  if (out !== undefined) await application.generateDocs(project, out);
  return [...new Set(logger.problems)];
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
  // Members stand as they do in the source, which has important things first.
  sort: ['kind', 'source-order'] satisfies SortStrategy[],
  kindSortOrder: ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable', 'Reference'] satisfies Kind[],
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables', 'References'],
  useFirstParagraphOfCommentAsSummary: true,
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
  ] satisfies Kind[],
  navigation: { includeGroups: false, includeFolders: false },
  markdownItLoader: adaptMarkdown,
  highlightLanguages: ['ts', 'js', 'json', 'sh', 'ini', 'python', 'sql', 'mermaid', 'text'],
};

function documentedPackages(): PublishedPackage[] {
  const all = publishedPackages();
  return CONVERTED.flatMap((name) => all.filter((each) => each.name === name));
}

type Kind = keyof typeof ReflectionKind;

/** Takes what typedoc has to say instead of printing it. */
class Collector extends Logger {
  readonly problems: string[] = [];

  override log(text: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.problems.push(text);
  }
}

function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => join('docs', file));
  return [...docs, 'apps/examples/README.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md'].map((file) =>
    join(ROOT, file),
  );
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
  project.children?.sort((a, b) => DOCUMENTED.indexOf(a.name) - DOCUMENTED.indexOf(b.name));
}

/** A page is called as its heading, which then need not stand above its text once more. */
function namePages(project: ProjectReflection): void {
  for (const page of project.documents ?? []) {
    const file = `${page.name}.md`;
    const [, heading] = /^# (.*)\n/.exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
    if (heading === undefined) throw new Error(`${file} does not begin with a heading.`);
    page.name = heading.replaceAll('`', '');
    page.content = withoutHeading(page.content);
  }
  project.readme = withoutHeading(project.readme ?? []);
}

function withoutHeading(content: readonly CommentDisplayPart[]): CommentDisplayPart[] {
  const end = content.findIndex(({ kind, text }) => kind === 'text' && text.includes('\n'));
  const [last, ...rest] = content.slice(end);
  if (last?.kind !== 'text') return [...content];
  return [{ kind: 'text', text: last.text.slice(last.text.indexOf('\n') + 1) }, ...rest];
}

/** The packages come first, and the records of decisions lie below their page. */
function arrange(project: ProjectReflection): void {
  const documents = project.documents ?? [];
  const records = documents.filter(({ name }) => /^\d+\. /.test(name));
  const decisions = documents.find(({ name }) => name === 'Decisions');
  if (decisions === undefined) throw new Error('docs/decisions/README.md is missing.');
  for (const record of records) {
    record.parent = decisions;
    decisions.addChild(record);
  }
  project.documents = documents.filter((page) => !records.includes(page));
  project.childrenIncludingDocuments = [...(project.children ?? []), ...project.documents];
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
    .filter((option) => !option.hasComment() && !option.inheritedFrom && option.signatures === undefined)
    .map((option) => `${option.getFriendlyFullName()} is an option without a description`);
}

/**
 * An example in a docstring is marked by its indentation, and is TypeScript. The words of a heading count for the link
 * to it, also those in backquotes, as they do where the pages are read without this.
 */
function adaptMarkdown(parser: MarkdownParser): void {
  const { rules } = parser.renderer;
  rules.code_block = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token !== undefined) token.info = 'ts';
    return rules.fence?.(tokens, index, ...rest) ?? '';
  };
  parser.core.ruler.push('heading_code', ({ tokens }) => {
    for (const [index, { type }] of tokens.entries()) {
      if (type !== 'heading_open') continue;
      for (const part of tokens[index + 1]?.children ?? []) {
        if (part.type === 'code_inline') part.type = 'text';
      }
    }
  });
}

interface MarkdownParser {
  readonly core: { readonly ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void } };
  readonly renderer: { readonly rules: Record<string, RenderRule | undefined> };
}

interface Token {
  type: string;
  info: string;
  readonly children: Token[] | null;
}

type RenderRule = (tokens: Token[], index: number, ...rest: unknown[]) => string;
