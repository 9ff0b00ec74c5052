import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** An import of one source file by another, or of a package. */
export interface Import {
  /** The importing file, relative to `src`. */
  readonly from: string;
  /** The imported file, relative to `src`, or the package. */
  readonly to: string;
  readonly isPackage: boolean;
  readonly isTypeOnly: boolean;
}

const SOURCES = new URL('../../src/', import.meta.url);
const STATEMENT = /^(?:import|export)\s+(type\s)?[^;'"]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm;

/** Every import in `src`, including dynamic imports. */
export function importsOfSources(): Import[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => importsOf(file, readFileSync(new URL(file, SOURCES), 'utf8')));
}

function importsOf(from: string, text: string): Import[] {
  return [...text.matchAll(STATEMENT)].map(([, type, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic ?? '';
    const isPackage = !specifier.startsWith('.');
    const to = isPackage ? packageOf(specifier) : normalize(join(dirname(from), specifier));
    return { from, to, isPackage, isTypeOnly: type !== undefined };
  });
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
