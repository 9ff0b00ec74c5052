import { ExporterError } from '../errors.ts';

/**
 * Explains a failed `import()` of a part whose packages are optional.
 *
 * @param part - the part that needs them, as the subject of a sentence
 * @returns what to pass to `catch`; it throws ExporterError `sdk_missing` for a package that is not installed, and any
 * other error as it is
 */
export function explainMissingPackage(part: string, packages: readonly string[]): (error: unknown) => never {
  return (error) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !packages.some((name) => error.message.includes(`'${name}'`))) throw error;
    const message = `${part} needs packages that are not installed: npm install ${packages.join(' ')}`;
    throw new ExporterError('sdk_missing', message, { cause: error });
  };
}
