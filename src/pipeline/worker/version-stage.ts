import type { OperationDetails } from '../../monitor/operation.ts';
import type { ScanResult } from '../contract/results.ts';
import type { Workspace } from './files/workspace.ts';
import type { Report } from './progress.ts';
import { checkVersions, type VersionCheck } from './version-checks.ts';
import type { WorkCall } from './work-call.ts';

/** Checks the versions as a stage of the call. */
export async function checkVersionsOf(
  workspace: Workspace,
  call: WorkCall,
  report: Report,
): Promise<VersionCheck[]> {
  return call.stage(
    'check_versions',
    report,
    async (reportStage) => {
      const checks = await checkVersions(workspace, call.signal);
      await reportStage(1, 'checked versions');
      return checks;
    },
    { summarize: summarizeChecks },
  );
}

/** The checks as a result lists them. */
export function listVersionChecks(
  checks: readonly VersionCheck[],
): Pick<ScanResult, 'versions_ok' | 'version_checks'> {
  const isChecked = checks.some(({ status }) => status !== 'skipped');
  const isOk = checks.every(({ status }) => status !== 'failed');
  return { versions_ok: isChecked ? isOk : null, version_checks: [...checks] };
}

export function versionNotices(checks: readonly VersionCheck[]): string[] {
  const failed = failedNames(checks);
  if (failed.length === 0) return [];
  return [`failed version checks are not fixed automatically: correct them by hand (${failed.join(', ')})`];
}

function summarizeChecks(checks: readonly VersionCheck[]): OperationDetails {
  const failed = failedNames(checks);
  if (failed.length > 0) return { message: `failed: ${failed.join(', ')}` };
  const isChecked = checks.some(({ status }) => status === 'passed');
  return { message: isChecked ? 'versions agree' : 'there are no versions to check' };
}

function failedNames(checks: readonly VersionCheck[]): string[] {
  return checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
}
