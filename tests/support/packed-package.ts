import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs npm in `cwd` and returns its output. */
export function npm(args: string[], cwd: string): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund'], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

export interface PackedPackage {
  /** Path of the tarball. */
  readonly tarball: string;
  readonly files: string[];
  readonly sizeBytes: number;
}

/** Packs the built package into `folder`, as `npm publish` would. */
export function packPackage(folder: string): PackedPackage {
  const output = npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], process.cwd());
  const [packed] = JSON.parse(output) as { filename: string; size: number; files: { path: string }[] }[];
  if (!packed) throw new Error(`npm pack: expected a tarball, got ${output}`);
  const { filename, size, files } = packed;
  return { tarball: join(folder, filename), files: files.map(({ path }) => path), sizeBytes: size };
}
