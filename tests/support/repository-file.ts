import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

export const repositoryPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const readRepositoryFile = (path: string) => readFileSync(repositoryPath(path), 'utf8');

/** A YAML file of this repository, with merge keys, as Compose reads them. */
export const readYaml = (path: string): unknown => parse(readRepositoryFile(path), { merge: true });
