import { readFileSync } from 'node:fs';

import ts from 'typescript';

import { repositoryPath } from './repository-file.ts';

/** A name that an entry point of the package exports, with its TSDoc. */
export interface PublicExport {
  readonly name: string;
  /** Whether it exists at run time: a function or a class, not only a type. */
  readonly isValue: boolean;
  readonly summary: string;
  /** The code of its `@example` tags. */
  readonly examples: readonly string[];
  /** The names in its tags `@see {@link NAME}`. */
  readonly seeAlso: readonly string[];
  /** Members of type `number` without TSDoc, whose unit is therefore unknown. */
  readonly undocumentedNumbers: readonly string[];
}

interface PackageManifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The source file of each entry in the `exports` of package.json. */
function entryFiles(): string[] {
  const manifest = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as PackageManifest;
  return Object.values(manifest.exports)
    .filter((target) => typeof target !== 'string')
    .map((target) => target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
    .map(repositoryPath);
}

/** Every public export, each once. */
export function publicExports(): PublicExport[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(repositoryPath('tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    repositoryPath('.'),
  );
  const program = ts.createProgram(entryFiles(), options);
  const checker = program.getTypeChecker();
  const exported = entryFiles().flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file}: expected a module with exports`);
    return checker.getExportsOfModule(module);
  });
  const byName = new Map(exported.map((symbol) => [symbol.name, describeExport(symbol, checker)]));
  return [...byName.values()];
}

function describeExport(exported: ts.Symbol, checker: ts.TypeChecker): PublicExport {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isTypeOnly = exported.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false;
  const tags = symbol
    .getJsDocTags(checker)
    .map(({ name, text }) => ({ name, text: ts.displayPartsToString(text) }));
  return {
    name: exported.name,
    isValue: !isTypeOnly && (symbol.flags & ts.SymbolFlags.Value) !== 0,
    summary: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    examples: tags.filter(({ name }) => name === 'example').flatMap(({ text }) => codeOf(text)),
    seeAlso: tags
      .filter(({ name }) => name === 'see')
      .flatMap(({ text }) => [...text.matchAll(/\{@link (\w+)\s*\}/g)].map(([, name = '']) => name)),
    undocumentedNumbers: undocumentedNumbers(symbol, checker),
  };
}

function codeOf(text: string): string[] {
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
}

function undocumentedNumbers(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  if ((symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) === 0) return [];
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter((member) => member.declarations?.every((node) => node.getSourceFile().fileName.includes('/src/')))
    .filter((member) => isNumber(checker.getTypeOfSymbol(member)))
    .filter((member) => !member.name.includes('#') && member.getDocumentationComment(checker).length === 0)
    .map((member) => `${symbol.name}.${member.name}`);
}

function isNumber(type: ts.Type): boolean {
  const types = type.isUnion() ? type.types : [type];
  return types.some(({ flags }) => (flags & ts.TypeFlags.Number) !== 0);
}
