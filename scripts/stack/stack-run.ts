import type { Config } from '../../src/settings/config.ts';
import type { StackPorts } from './ports.ts';
import type { RuleFile } from './rule-file.ts';
import type { RunFolder } from './run-folder.ts';

/** Shorter times for tests. The expressions of the rules do not change. */
export interface TestTiming {
  /** A duration in Prometheus' syntax, such as `1s`. */
  readonly scrapeInterval?: string;
  readonly evaluationInterval?: string;
  readonly groupWait?: string;
  readonly groupInterval?: string;
  readonly transformRules?: (file: RuleFile) => RuleFile;
}

/** The settings of all programs of one run. */
export interface StackRun {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
  readonly ports: StackPorts;
  readonly folder: RunFolder;
  readonly workspaceDir: string;
  readonly hasOwnExporter: boolean;
  readonly timing: TestTiming;
  /**
   * Public addresses without a trailing slash. Links in alerts append `/runbooks` and `/d/…`. Grafana's is `''` if Grafana
   * does not run, which omits the links.
   */
  readonly links: { readonly exporter: string; readonly grafana: string };
  readonly commands: {
    readonly prometheus: string;
    readonly alertmanager: string;
    /** Null without Grafana. */
    readonly grafana: string | null;
  };
}
