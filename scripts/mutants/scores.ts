import { relative } from 'node:path';

import type { MutantResult } from '@stryker-mutator/api/core';

/** Minimum percentage of a folder's mutants that its tests must find. */
const THRESHOLD = 80;

interface FolderScore {
  folder: string;
  killed: number;
  survived: number;
  uncovered: number;
  score: number;
}

function folderScores(results: readonly MutantResult[]): FolderScore[] {
  const byFolder = new Map<string, MutantResult[]>();
  for (const result of results) {
    const folder = folderOf(result);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), result]);
  }
  return [...byFolder].map(([folder, mutants]) => {
    const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
    const killed = count('Killed', 'Timeout');
    const survived = count('Survived');
    const uncovered = count('NoCoverage');
    const all = killed + survived + uncovered;
    return { folder, killed, survived, uncovered, score: all === 0 ? 100 : (killed / all) * 100 };
  });
}

/** A table of the folders' scores. */
export function printScores(results: readonly MutantResult[]): void {
  const rows = folderScores(results).map((row) => ({ ...row, score: `${row.score.toFixed(1)} %` }));
  console.table(rows);
}

export function foldersBelowTheThreshold(results: readonly MutantResult[]): string[] {
  return folderScores(results)
    .filter(({ score }) => score < THRESHOLD)
    .map(({ folder }) => folder);
}

function folderOf({ fileName }: MutantResult): string {
  return relative('src', fileName).split('/')[0] ?? '';
}
