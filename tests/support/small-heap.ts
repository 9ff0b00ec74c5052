import { execFileSync } from 'node:child_process';

/**
 * Runs a module in its own process with a limited heap in megabytes. A module that keeps more data crashes. The module
 * calls `report(value)`.
 *
 * @returns the reported value
 */
export function runInSmallHeap(program: string, megabytes: number): unknown {
  const source = `const report = (value) => console.log(JSON.stringify(value));\n${program}`;
  const args = [
    `--max-old-space-size=${megabytes}`,
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    source,
  ];
  const output = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output);
}
