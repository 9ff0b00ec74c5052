import { spawn } from 'node:child_process';

/**
 * Node's `spawn`; on Windows that of cross-spawn, which the SDKs' clients use, too. It finds `npx`, `uvx` and other `.cmd`
 * files by PATHEXT, and starts them by cmd.exe with quoted arguments. It is loaded on Windows only.
 */
export async function loadSpawn(platform: NodeJS.Platform = process.platform): Promise<typeof spawn> {
  return platform === 'win32' ? (await import('cross-spawn')).default.spawn : spawn;
}
