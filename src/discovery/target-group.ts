import { z } from 'zod';

/** Prometheus drops labels that begin with two underscores after it has relabelled a target. */
const PID_LABEL = '__mcp_exporter_pid';
const HOST_LABEL = '__mcp_exporter_host';
/** Tells apart two processes to which a host gives the same id, as it does when a container restarts. */
const STARTED_LABEL = '__mcp_exporter_started';

/** The process that announces a target. */
export interface Announcer {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in milliseconds since the epoch. */
  readonly startedMs: number;
}

const ownFile = z.tuple([
  z.object({
    targets: z.tuple([z.string()]),
    labels: z.object({
      [PID_LABEL]: z.string().regex(/^[1-9]\d*$/),
      [HOST_LABEL]: z.string(),
      [STARTED_LABEL]: z.string(),
    }),
  }),
]);

/** A file of one target, as Prometheus reads it. */
export function targetFile(target: string, labels: Readonly<Record<string, string>>, by: Announcer) {
  const own = {
    [PID_LABEL]: String(by.pid),
    [HOST_LABEL]: by.host,
    [STARTED_LABEL]: String(by.startedMs),
  };
  return [{ targets: [target], labels: { ...labels, ...own } }];
}

/**
 * Whether `content` is a file of a process on this host that has ended: it does not run any more, or `by` has its
 * process id now, or has the port of its target. Nothing is known of the processes of other hosts.
 */
export function isAbandoned(
  content: unknown,
  target: string,
  by: Announcer,
  isAlive: (pid: number) => boolean,
): boolean {
  const { data } = ownFile.safeParse(content);
  if (!data) return false;
  const [{ targets, labels }] = data;
  if (labels[HOST_LABEL] !== by.host) return false;
  const pid = Number(labels[PID_LABEL]);
  if (pid === by.pid) return labels[STARTED_LABEL] !== String(by.startedMs);
  return targets[0] === target || !isAlive(pid);
}
