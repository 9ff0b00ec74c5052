import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff';

import { LIMITS } from '../../../monitor/limits.ts';
import type { SourceFiles } from './workspace.ts';

/**
 * The workspace as one tool call sees it, with the call's changes. A dry run keeps its changes in memory, where later
 * reads see them, and never writes them to disk.
 */
export class WorkingCopy implements SourceFiles {
  readonly isDryRun: boolean;
  readonly #disk: SourceFiles;
  readonly #changes = new Map<string, { before: string; after: string }>();

  constructor(disk: SourceFiles, options: { isDryRun: boolean }) {
    this.#disk = disk;
    this.isDryRun = options.isDryRun;
  }

  /** Whether this copy differs from the disk. */
  get hasProposals(): boolean {
    return this.isDryRun && this.#changes.size > 0;
  }

  async read(path: string): Promise<string | null> {
    const change = this.isDryRun ? this.#changes.get(path) : undefined;
    return change ? change.after : this.#disk.read(path);
  }

  async write(path: string, before: string, after: string): Promise<boolean> {
    const isWritten = this.isDryRun
      ? (await this.read(path)) === before
      : await this.#disk.write(path, before, after);
    if (isWritten) this.#changes.set(path, { before: this.#changes.get(path)?.before ?? before, after });
    return isWritten;
  }

  /** One unified diff of all changes for `git apply`. It may be truncated. */
  diff(): { diff: string; diff_truncated: boolean } {
    const diff = [...this.#changes]
      .filter(([, { before, after }]) => before !== after)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, { before, after }]) =>
        createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, {
          headerOptions: FILE_HEADERS_ONLY,
        }),
      )
      .join('');
    const { max } = LIMITS.diff_size;
    return { diff: diff.slice(0, max), diff_truncated: diff.length > max };
  }
}
