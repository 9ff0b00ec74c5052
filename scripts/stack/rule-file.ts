import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

/** What a file of `prometheus/rules` holds, as far as tests change it. */
export interface RuleFile {
  groups: {
    name: string;
    interval?: string;
    rules: {
      record?: string;
      alert?: string;
      expr: string;
      for?: string;
      keep_firing_for?: string;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    }[];
  }[];
}

/** Copies the rules: as they are, or each file as `transform` makes it. */
export function copyRules(from: string, to: string, transform?: (file: RuleFile) => RuleFile): void {
  mkdirSync(to, { recursive: true });
  if (!transform) return cpSync(from, to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => file.endsWith('.yml'))) {
    const rules = parse(readFileSync(join(from, name), 'utf8')) as RuleFile;
    writeFileSync(join(to, name), stringify(transform(rules), { lineWidth: 0 }));
  }
}
