import { homedir } from 'node:os';

import type { CheckStatus } from '../doctor/check.ts';
import { checksAsJson, describeChecks, isHealthy } from '../doctor/doctor-report.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import { readManifest } from '../package-files.ts';
import { PIPELINE_PACKAGES } from '../pipeline/pipeline-source.ts';
import { readConfig } from '../settings/config.ts';
import { expectNoPositionals, parseOptions, settingError } from './arguments.ts';
import { withProgress } from './progress.ts';
import { createPaint } from './terminal-colors.ts';

const EXIT_PROBLEM = 1;
const COLORS = { ok: 'green', warning: 'yellow', problem: 'red' } as const satisfies Record<
  CheckStatus,
  string
>;

/** `mcp-exporter doctor`: checks the installation and everything around it, and says what to do. */
export async function doctor(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('doctor', args);
  expectNoPositionals('doctor', positionals);
  const settings = readConfig(process.env, {}, values);
  const wrongFlag = settings.problems.find(({ name }) => name.startsWith('--'));
  if (wrongFlag) throw settingError(wrongFlag);
  const manifest = readManifest();
  const checking = runDoctor({
    machine: { platform: process.platform, home: homedir(), env: process.env },
    settings,
    manifest,
    nodeVersion: process.version,
    packages: PIPELINE_PACKAGES,
  });
  const checks = await withProgress('Checking…', checking);
  const paint = createPaint(process.stdout, process.env);
  process.stdout.write(
    values.json
      ? checksAsJson(checks, manifest.version)
      : describeChecks(checks, (status, text) => paint(COLORS[status], text)),
  );
  if (!isHealthy(checks)) process.exitCode = EXIT_PROBLEM;
}
