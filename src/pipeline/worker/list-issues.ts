import { LIMITS } from '../../monitor/limits.ts';
import type { ScanResult } from '../contract/results.ts';
import { totalsOf, type Reports } from '../contract/scan-totals.ts';
import type { WorkCall } from './work-call.ts';

const MAX_MESSAGE_CHARS = 500;

/** The issues as a result lists them. */
export async function listIssues(
  call: WorkCall,
  reports: Reports,
): Promise<Pick<ScanResult, 'issues' | 'truncated'>> {
  const issues = firstIssues(reports, LIMITS.listed_issues.max);
  const unlisted = totalsOf(reports).issuesFound - issues.length;
  if (unlisted > 0) await call.limitReached('listed_issues', unlisted);
  return { issues, truncated: unlisted > 0 };
}

function firstIssues(reports: Reports, max: number): ScanResult['issues'] {
  const listed: ScanResult['issues'] = [];
  for (const [path, { issues }] of reports) {
    for (const { line, column, rule, severity, message, fix } of issues) {
      if (listed.length === max) return listed;
      const text = message.slice(0, MAX_MESSAGE_CHARS);
      listed.push({ path, line, column, rule, severity, message: text, fixable: fix !== null });
    }
  }
  return listed;
}
