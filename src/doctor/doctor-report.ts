import { plural } from '../plural.ts';
import { sectionLink } from '../troubleshooting.ts';
import type { Check, CheckStatus } from './check.ts';

/** Colors a text by its status, or returns it unchanged. */
export type Paint = (status: CheckStatus, text: string) => string;

/** One line for each check, with indented lines for the remedy of those that are not ok. */
export function describeChecks(checks: readonly Check[], paint: Paint): string {
  const width = Math.max(...checks.map(({ status }) => status.length));
  const indent = ' '.repeat(width + 2);
  const lines = checks.flatMap((check) => {
    const { name, status, message } = check;
    const remedies = remediesOf(check).map((line) => `${indent}${line}`);
    return [`${paint(status, status.padEnd(width))}  ${name}: ${message}`, ...remedies];
  });
  return `${lines.join('\n')}\n\n${summary(checks)}\n`;
}

/** The checks for programs. */
export function checksAsJson(checks: readonly Check[], version: string): string {
  const results = checks.map(({ name, status, message, fix, section }) => ({
    name,
    status,
    message,
    fix,
    link: section && sectionLink(section),
  }));
  return `${JSON.stringify({ version, isHealthy: isHealthy(checks), checks: results }, null, 2)}\n`;
}

/** Whether no check has found a problem. */
export function isHealthy(checks: readonly Check[]): boolean {
  return count(checks, 'problem') === 0;
}

function remediesOf({ fix, section }: Check): string[] {
  const link = section && sectionLink(section);
  return [...(fix === undefined ? [] : [fix]), ...(link === undefined ? [] : [`See ${link}`])];
}

function summary(checks: readonly Check[]): string {
  const problems = count(checks, 'problem');
  const warnings = count(checks, 'warning');
  if (problems + warnings === 0) return 'Everything works.';
  return `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}`;
}

function count(checks: readonly Check[], wanted: CheckStatus): number {
  return checks.filter(({ status }) => status === wanted).length;
}
