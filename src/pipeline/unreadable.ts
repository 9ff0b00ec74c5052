import { errorMessage } from '../errors.ts';

const MISSING = new Set<unknown>(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);
// ENXIO means that the file is a socket.
const NOT_A_FILE = new Set<unknown>(['ELOOP', 'EISDIR', 'ENXIO']);
const FORBIDDEN = new Set<unknown>(['EACCES', 'EPERM']);

export function isMissing(error: unknown): boolean {
  return MISSING.has(codeOf(error));
}

export function isNotAFile(error: unknown): boolean {
  return NOT_A_FILE.has(codeOf(error));
}

/** Whether the system has an entry, but does not let this process read it. */
export function isUnreadable(error: unknown): boolean {
  return codeOf(error) !== null && !isMissing(error) && !isNotAFile(error);
}

/** Why an entry cannot be read, as a part of a sentence. */
export function describeUnreadable(error: unknown): string {
  const code = codeOf(error);
  return FORBIDDEN.has(code) ? `permission denied (${code})` : errorMessage(error);
}

/** What to do about files and folders that cannot be read. */
export function readingAdvice(): string {
  const user = process.geteuid ? ` (id ${process.geteuid()})` : '';
  return (
    `give the user that runs mcp-exporter${user} read access, or run it as the owner; ` +
    'with SELinux, mount the workspace with ":z"'
  );
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null;
}
