import type { Config } from '../../src/settings/config.ts';
import type { StackPorts } from './ports.ts';
import type { RuleFile } from './rule-file.ts';
import type { RunFolder } from './run-folder.ts';

/** What only tests change: a day's alert in seconds, while expressions stay as they are. */
export interface TestTiming {
  /** Such as `1s`. */
  readonly scrapeInterval?: string;
  readonly evaluationInterval?: string;
  readonly groupWait?: string;
  readonly groupInterval?: string;
  readonly transformRules?: (file: RuleFile) => RuleFile;
}

/** All that the programs of one run are told. */
export interface StackRun {
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
  readonly ports: StackPorts;
  readonly folder: RunFolder;
  readonly workspaceDir: string;
  readonly hasOwnExporter: boolean;
  readonly timing: TestTiming;
  /**
   * Where people reach them, without a slash at the end: links in alerts go on with `/runbooks` and `/d/…`. Grafana's is
   * `''` where there is none: a link that leads nowhere is none.
   */
  readonly links: { readonly exporter: string; readonly grafana: string };
  readonly commands: {
    readonly prometheus: string;
    readonly alertmanager: string;
    /** Null where there is none. */
    readonly grafana: string | null;
  };
}
