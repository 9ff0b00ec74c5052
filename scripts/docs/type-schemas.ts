import { fileURLToPath } from 'node:url';

import ts from 'typescript';

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** Returns the reference to the schema of a named type. */
type RefTo = (name: string) => string;

/**
 * JSON Schemas of exported types, as the compiler resolves them, with their TSDoc as descriptions. Where one type contains
 * another, its schema refers to the other's.
 *
 * @param namesByFile - names of exported types; files from the root of the repository
 */
export function typeSchemas(
  namesByFile: Readonly<Record<string, readonly string[]>>,
  refTo: RefTo,
): Record<string, Schema> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const program = ts.createProgram(
    Object.keys(namesByFile).map((file) => root + file),
    OPTIONS,
  );
  const checker = program.getTypeChecker();
  const symbols = Object.entries(namesByFile).flatMap(([file, names]) => {
    const source = program.getSourceFile(root + file);
    const module = source && checker.getSymbolAtLocation(source);
    const exported = module ? checker.getExportsOfModule(module) : [];
    return names.map((name) => {
      const symbol = exported.find((each) => each.name === name);
      if (!symbol) throw new Error(`${file}: expected an exported type ${name}`);
      return symbol;
    });
  });
  const named = new Map(symbols.map((each) => [checker.getDeclaredTypeOfSymbol(each), each.name]));
  const writer = new SchemaWriter(checker, named, refTo);
  return Object.fromEntries(
    symbols.map((symbol) => {
      const schema = writer.inline(checker.getDeclaredTypeOfSymbol(symbol));
      return [symbol.name, { ...writer.describe(symbol), ...schema }];
    }),
  );
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: ['node'],
};

class SchemaWriter {
  readonly #checker: ts.TypeChecker;
  readonly #named: ReadonlyMap<ts.Type, string>;
  readonly #refTo: RefTo;

  constructor(checker: ts.TypeChecker, named: ReadonlyMap<ts.Type, string>, refTo: RefTo) {
    this.#checker = checker;
    this.#named = named;
    this.#refTo = refTo;
  }

  describe(symbol: ts.Symbol): Schema {
    // The comment of a property that a mapped type renames is at the original. The compiler's API does not link to it.
    const { links } = symbol as { links?: { syntheticOrigin?: ts.Symbol } };
    const parts = (links?.syntheticOrigin ?? symbol).getDocumentationComment(this.#checker);
    // Replaces a link by the name of its target.
    const text = parts.map((part) => (part.kind === 'linkText' ? part.text.trim() : part.text)).join('');
    const description = text
      .replaceAll(/\{@link\s*([\w.]+)\s*\}/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .trim();
    return description === '' ? {} : { description };
  }

  inline(type: ts.Type): Schema {
    if (type.isUnion()) return this.#union(type.types);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    const primitive = PRIMITIVES.find(([flag]) => (type.flags & flag) !== 0);
    if (primitive) return primitive[1];
    const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
    if (this.#checker.isArrayType(type) && item) return { type: 'array', items: this.#schema(item) };
    if (this.#checker.isTupleType(type)) return this.#tuple(type as ts.TypeReference);
    return this.#object(type);
  }

  #schema(type: ts.Type): Schema {
    const name = this.#named.get(type);
    return name === undefined ? this.inline(type) : { $ref: this.#refTo(name) };
  }

  #union(types: readonly ts.Type[]): Schema {
    const defined = types.filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
    if (defined.every((type) => type.isStringLiteral())) {
      return { type: 'string', enum: defined.map((type) => type.value) };
    }
    const texts = defined.filter((type) => type.isStringLiteral());
    const others = defined.filter((type) => !type.isStringLiteral()).map((type) => this.#schema(type));
    const all = texts.length > 0 ? [this.#union(texts), ...others] : others;
    const isPlain = all.every((schema) => Object.keys(schema).length === 1 && 'type' in schema);
    if (all.length === 1) return all[0] ?? {};
    return isPlain ? { type: [...new Set(all.map(({ type }) => type))] } : { anyOf: all };
  }

  #tuple(type: ts.TypeReference): Schema {
    const items = this.#checker.getTypeArguments(type).map((item) => this.#schema(item));
    return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
  }

  #object(type: ts.Type): Schema {
    const properties = this.#checker.getPropertiesOfType(type);
    const values = type.getStringIndexType();
    const required = properties.filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0);
    return {
      type: 'object',
      ...(properties.length === 0
        ? undefined
        : {
            properties: Object.fromEntries(properties.map((each) => [each.name, this.#property(each)])),
            required: required.map(({ name }) => name),
          }),
      ...(values ? { additionalProperties: this.#schema(values) } : undefined),
    };
  }

  #property(symbol: ts.Symbol): Schema {
    return { ...this.#schema(this.#checker.getTypeOfSymbol(symbol)), ...this.describe(symbol) };
  }
}

const PRIMITIVES: readonly (readonly [ts.TypeFlags, Schema])[] = [
  [ts.TypeFlags.StringLike, { type: 'string' }],
  [ts.TypeFlags.NumberLike, { type: 'number' }],
  [ts.TypeFlags.BooleanLike, { type: 'boolean' }],
  [ts.TypeFlags.Null, { type: 'null' }],
  [ts.TypeFlags.Unknown, {}],
];
