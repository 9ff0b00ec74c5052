import { repositoryPath } from './repository-file.ts';

/** The program of TypeScript 7. `node_modules/.bin/tsc` may be TypeScript 6, which TypeDoc needs. */
export const TSC = repositoryPath('node_modules/@typescript/native/bin/tsc');
