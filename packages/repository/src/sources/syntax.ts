import { type Argument, type Expression, parseSync, Visitor, type VisitorObject } from 'oxc-parser';

/** Everything that the tests of this package read in one source file. */
export interface Syntax {
  /**
   * The specifiers of all imports: of values and of types, as declarations, calls and types, `require` too. The file of
   * a worker counts, because it belongs to the program that starts it. Other addresses may name programs of their own.
   */
  readonly imports: readonly string[];
  /** Uses of clocks, chance, promises and locales, as they are written: `Date`, `Math.random`, `await`. */
  readonly impurities: readonly string[];
  /** The comments and the texts of strings and templates, with the offset at which each begins. */
  readonly words: readonly { readonly text: string; readonly at: number }[];
}

/** @throws SyntaxError that names the file, if it cannot be parsed. */
export function syntaxOf(file: string, source: string): Syntax {
  const { program, comments, errors } = parseSync(file, source, { sourceType: 'module' });
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);
  const imports: string[] = [];
  const impurities: string[] = [];
  const words = comments.map(({ value, start }) => ({ text: value, at: start + COMMENT_SIGN }));
  const addImport = (specifier: string | undefined) => {
    if (specifier !== undefined) imports.push(specifier);
  };
  /** Identifiers that are names of members or keys, and refer to nothing. */
  const labels = new WeakSet<object>();
  const visitKey = (node: { key: object; computed: boolean; shorthand?: boolean }) => {
    if (!node.computed && node.shorthand !== true) labels.add(node.key);
  };
  const visitFunction = (node: { async: boolean }) => {
    if (node.async) impurities.push('async');
  };
  const visitor: VisitorObject = {
    ImportDeclaration: (node) => addImport(node.source.value),
    ExportAllDeclaration: (node) => addImport(node.source.value),
    ExportNamedDeclaration: (node) => addImport(node.source?.value),
    ImportExpression: (node) => addImport(textOf(node.source)),
    TSImportType: (node) => addImport(node.source.value),
    TSExternalModuleReference: (node) => addImport(node.expression.value),
    CallExpression: ({ callee, arguments: [first] }) => {
      if (isNamed(callee, 'require')) addImport(textOf(first));
    },
    NewExpression: ({ callee, arguments: [address] }) => {
      const isWorker = isNamed(callee, 'Worker') && address?.type === 'NewExpression';
      if (isWorker && isNamed(address.callee, 'URL')) addImport(textOf(address.arguments[0]));
    },

    MemberExpression: ({ object, property, computed }) => {
      if (computed) return;
      labels.add(property);
      const owner = object.type === 'Identifier' ? object.name : '';
      const name = 'name' in property ? property.name : '';
      if (IMPURE_OBJECTS.has(owner)) impurities.push(owner);
      if (owner === 'Math' && name === 'random') impurities.push('Math.random');
      if (IMPURE_METHOD.test(name)) impurities.push(name);
    },
    TSQualifiedName: ({ right }) => {
      labels.add(right);
    },
    Property: visitKey,
    PropertyDefinition: visitKey,
    MethodDefinition: visitKey,
    TSPropertySignature: visitKey,
    TSMethodSignature: visitKey,
    Identifier: (node) => {
      if (IMPURE_NAMES.has(node.name) && !labels.has(node)) impurities.push(node.name);
    },
    FunctionDeclaration: visitFunction,
    FunctionExpression: visitFunction,
    ArrowFunctionExpression: visitFunction,
    AwaitExpression: () => impurities.push('await'),
    ForOfStatement: (node) => {
      if (node.await) impurities.push('await');
    },

    Literal: ({ value, start }) => {
      if (typeof value === 'string') words.push({ text: value, at: start });
    },
    TemplateElement: ({ value, start }) => {
      words.push({ text: value.cooked ?? value.raw, at: start });
    },
  };
  new Visitor(visitor).visit(program);
  return { imports, impurities, words };
}

const COMMENT_SIGN = '//'.length;
const IMPURE_NAMES = new Set([
  'Date',
  'Intl',
  'Promise',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);
const IMPURE_OBJECTS = new Set(['crypto', 'performance', 'process']);
const IMPURE_METHOD = /^(?:localeCompare|toLocale\w+)$/;

function isNamed(expression: Expression, name: string): boolean {
  return expression.type === 'Identifier' && expression.name === name;
}

/** The text of a string, or of a template that is nothing but text. */
function textOf(expression: Argument | undefined): string | undefined {
  if (expression?.type === 'Literal' && typeof expression.value === 'string') return expression.value;
  if (expression?.type !== 'TemplateLiteral' || expression.expressions.length > 0) return undefined;
  return expression.quasis[0]?.value.cooked ?? undefined;
}
