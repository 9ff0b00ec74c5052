import { existsSync } from 'node:fs';

import { readConfigFile } from '../client-config/config-file.ts';
import { parseJsonObject, splitMark } from '../client-config/json-node.ts';
import { hasServers } from '../client-config/server-entries.ts';
import { wrapConfig, type WrapOptions, type WrappedConfig } from '../client-config/wrap-config.ts';
import { errorMessage } from '../errors.ts';
import type { ClientFile } from './client-files.ts';

/** What `setup` would do to a file; `after` is equal to `before` if every server stays as it is. */
export interface FileChange extends ClientFile {
  readonly before: string;
  readonly after: string;
  readonly result: WrappedConfig;
}

export interface SetupPlan {
  /** Every file with servers. */
  readonly files: readonly FileChange[];
  /** Files that cannot be read or understood. They stay as they are. */
  readonly problems: readonly (ClientFile & { readonly reason: string })[];
}

export function planSetup(candidates: readonly ClientFile[], options: WrapOptions): SetupPlan {
  const files: FileChange[] = [];
  const problems: SetupPlan['problems'][number][] = [];
  for (const candidate of candidates.filter(({ file }) => existsSync(file))) {
    try {
      const before = readConfigFile(candidate.file);
      if (before.trim() === '' || !hasServers(parseJsonObject(splitMark(before).json))) continue;
      const result = wrapConfig(before, { ...options, keepsUrls: true });
      files.push({ ...candidate, before, after: result.text, result });
    } catch (error) {
      problems.push({ ...candidate, reason: errorMessage(error) });
    }
  }
  return { files, problems };
}
