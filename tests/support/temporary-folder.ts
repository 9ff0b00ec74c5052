import { mkdtempSync, rmSync } from 'node:fs';

import { onTestFinished } from 'vitest';

/** A new folder that is removed after the test. Its path is `prefix` and random characters. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(prefix);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
