import { join } from 'node:path';
import ts from 'typescript';
import { type PublishedPackage, ROOT } from './packages.ts';

/**
 * The public types of each package as text, keyed by its folder: the declarations of all that its entry exports, by
 * name, and behind them what these mention without its being exported. There are no comments, and no members that only
 * the class itself can use.
 *
 * The declarations are what the compiler makes of the sources, so that inferred types stand there written out.
 */
export function publicTypes(packages: readonly PublishedPackage[]): Map<string, string> {
  const program = declarationProgram(packages);
  return new Map(packages.map((each) => [each.folder, new Listing(program, each).text()]));
}

class Listing {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #package: PublishedPackage;
  #exported: ReadonlySet<ts.Symbol> = new Set();
  /** Declared in this package, not exported, and mentioned so far. */
  readonly #mentioned = new Set<ts.Symbol>();

  constructor(program: ts.Program, of: PublishedPackage) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#package = of;
  }

  text(): string {
    const exported = this.#exportsOf(this.#package.entry);
    const own = [...exported].filter(([, symbol]) => this.#isOwn(symbol));
    const inBrowsers = this.#exportsOf(this.#package.browserEntry ?? this.#package.entry);
    this.#exported = new Set([...exported.values(), ...inBrowsers.values()]);
    const parts = [
      `// The public types of ${this.#package.name}. This file is generated, and a test compares it with the sources.`,
      ...this.#reexports(exported),
      ...own.map(([name, symbol]) => this.#declare(name, symbol)),
      ...this.#browserParts(exported, inBrowsers),
      ...this.#notExported(),
    ];
    return `${parts.join('\n\n')}\n`;
  }

  #exportsOf(entry: string): Map<string, ts.Symbol> {
    const file = this.#program.getSourceFile(declarationFile(entry));
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is no module.`);
    return new Map(
      this.#checker
        .getExportsOfModule(module)
        .map((symbol): [string, ts.Symbol] => [symbol.name, this.#resolved(symbol)])
        .sort(([a], [b]) => compareNames(a, b)),
    );
  }

  #reexports(exported: ReadonlyMap<string, ts.Symbol>): string[] {
    const names = [...exported].filter(([, symbol]) => !this.#isOwn(symbol)).map(([name]) => `  ${name},`);
    return names.length === 0
      ? []
      : [`// From other packages of Conclave:\nexport {\n${names.join('\n')}\n};`];
  }

  #browserParts(
    exported: ReadonlyMap<string, ts.Symbol>,
    inBrowsers: ReadonlyMap<string, ts.Symbol>,
  ): string[] {
    const missing = [...exported.keys()].filter((name) => !inBrowsers.has(name));
    const different = [...inBrowsers].filter(([name, symbol]) => exported.get(name) !== symbol);
    if (missing.length + different.length === 0) return [];
    return [
      `// In browsers without ${missing.join(', ')}, and with:`,
      ...different.map(([name, symbol]) => this.#declare(name, symbol)),
    ];
  }

  /** What is mentioned is declared too, and what that mentions, until there is nothing new. */
  #notExported(): string[] {
    const parts: [string, string][] = [];
    for (const symbol of this.#mentioned) parts.push([symbol.name, this.#declare(symbol.name, symbol)]);
    const sorted = parts.sort(([a], [b]) => compareNames(a, b)).map(([, part]) => part);
    return sorted.length === 0 ? [] : ['// Mentioned above, and not exported:', ...sorted];
  }

  #declare(name: string, symbol: ts.Symbol): string {
    const statements = new Set((symbol.declarations ?? []).map(statementOf));
    const text = [...statements].map((statement) => this.#print(statement)).join('\n');
    return symbol.name === name ? text : `// ${symbol.name}, exported as ${name}:\n${text}`;
  }

  #print(statement: ts.Node): string {
    const { transformed } = ts.transform(statement, [
      (context) => (root) => {
        const visit = (node: ts.Node): ts.Node | undefined =>
          this.#isForUsers(node) ? ts.visitEachChild(node, visit, context) : undefined;
        return ts.visitEachChild(root, visit, context);
      },
    ]);
    this.#noteMentions(statement);
    const [node = statement] = transformed;
    return printer.printNode(ts.EmitHint.Unspecified, node, statement.getSourceFile());
  }

  #noteMentions(node: ts.Node): void {
    if (!this.#isForUsers(node)) return;
    for (const symbol of this.#mentionedBy(node)) this.#mentioned.add(symbol);
    ts.forEachChild(node, (child) => this.#noteMentions(child));
  }

  /** A constructor is not for users if it takes a type that is not exported, because they cannot make such a value. */
  #isForUsers(node: ts.Node): boolean {
    if (!ts.isClassElement(node)) return true;
    if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return false;
    if (ts.isConstructorDeclaration(node)) {
      return node.parameters.every((parameter) => !this.#mentionsInternals(parameter));
    }
    const { Private, Protected } = ts.ModifierFlags;
    return (ts.getCombinedModifierFlags(node) & (Private | Protected)) === 0;
  }

  #mentionsInternals(node: ts.Node): boolean {
    return (
      this.#mentionedBy(node).length > 0 ||
      (ts.forEachChild(node, (child) => this.#mentionsInternals(child) || undefined) ?? false)
    );
  }

  /** What the identifier stands for, if this package declares it and does not export it. */
  #mentionedBy(node: ts.Node): ts.Symbol[] {
    const symbol = ts.isIdentifier(node) ? this.#checker.getSymbolAtLocation(node) : undefined;
    const resolved = symbol === undefined ? undefined : this.#resolved(symbol);
    return resolved !== undefined && this.#isInternal(resolved) ? [resolved] : [];
  }

  #isInternal(symbol: ts.Symbol): boolean {
    return this.#isOwn(symbol) && isTopLevel(symbol) && !this.#exported.has(symbol);
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #isOwn(symbol: ts.Symbol): boolean {
    const folder = join(ROOT, this.#package.folder, '/');
    return (symbol.declarations ?? []).some((each) => each.getSourceFile().fileName.startsWith(folder));
  }
}

/** The statement around a declaration: that of a variable stands two levels up. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

function isTopLevel(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((each) => ts.isSourceFile(statementOf(each).parent));
}

const printer = ts.createPrinter({ removeComments: true });

function compareNames(a: string, b: string): number {
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
  if (lowerA !== lowerB) return lowerA < lowerB ? -1 : 1;
  return a < b ? -1 : 1;
}

/** A program over the declarations that the compiler makes of the packages' sources. They exist only in memory. */
function declarationProgram(packages: readonly PublishedPackage[]): ts.Program {
  const options = compilerOptions();
  const entries = packages.flatMap(({ entry, browserEntry }) =>
    browserEntry === undefined ? [entry] : [entry, browserEntry],
  );
  const declarations = new Map<string, string>();
  ts.createProgram(
    entries.map((entry) => join(ROOT, entry)),
    options,
  ).emit(undefined, (file, text) => declarations.set(file, text), undefined, true);

  const host = ts.createCompilerHost(options);
  const readSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => {
    const text = declarations.get(file);
    return text === undefined
      ? readSourceFile(file, ...rest)
      : ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  };
  const sourceOfPackage = new Map(packages.map(({ name, entry }) => [name, join(ROOT, entry)]));
  host.resolveModuleNameLiterals = (literals, containingFile, redirected, ofOptions, sourceFile) =>
    literals.map((literal) => {
      const name = literal.text;
      const source = name.startsWith('.') ? join(containingFile, '..', name) : sourceOfPackage.get(name);
      const file = source === undefined ? undefined : asDeclaration(source);
      if (file !== undefined && declarations.has(file)) {
        return { resolvedModule: { resolvedFileName: file, extension: ts.Extension.Dts } };
      }
      const mode = ts.getModeForUsageLocation(sourceFile, literal, ofOptions);
      return ts.resolveModuleName(name, containingFile, ofOptions, host, undefined, redirected, mode);
    });
  return ts.createProgram(
    entries.map((entry) => declarationFile(entry)),
    options,
    host,
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  return {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    removeComments: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
}

function declarationFile(source: string): string {
  return asDeclaration(join(ROOT, source));
}

function asDeclaration(source: string): string {
  return source.replace(/\.[jt]s$/, '.d.ts');
}
