import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The id of a conversation over stdio, for the process that has started the server. The server knows the same id, unless
 * another process, such as a shell or `npx`, stands between them.
 */
export function conversationWith(serverPid: number): string {
  return conversationOf(process.pid, serverPid);
}

/** The same for the server itself. */
export function conversationOfServer(): string {
  return conversationOf(process.ppid, process.pid);
}

function conversationOf(parentPid: number, pid: number): string {
  const facts = [...machine(), parentPid, pid];
  // A digest, so that the hub does not learn the name of the machine.
  return `stdio-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)}`;
}

/** Process ids are unique within a machine; on Linux, within a container. */
function machine(): string[] {
  try {
    return [readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid')];
  } catch {
    return [hostname()];
  }
}
