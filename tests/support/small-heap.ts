import { execFileSync } from 'node:child_process';

/**
 * Runs a module in a process of its own whose heap may have so many megabytes: what keeps more crashes it. The module
 * has `report(value)` to answer with.
 *
 * @returns what it reported
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
