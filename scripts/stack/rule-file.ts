import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

/** The parts of a file of `prometheus/rules` that tests change. */
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

/** Copies the rules, and applies `transform` to each file if it is given. */
export function copyRules(from: string, to: string, transform?: (file: RuleFile) => RuleFile): void {
  mkdirSync(to, { recursive: true });
  if (!transform) return cpSync(from, to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => file.endsWith('.yml'))) {
    const rules = parse(readFileSync(join(from, name), 'utf8')) as RuleFile;
    writeFileSync(join(to, name), stringify(transform(rules), { lineWidth: 0 }));
  }
}
