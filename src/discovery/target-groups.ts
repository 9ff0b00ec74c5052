import { z } from 'zod';

/** Prometheus drops labels that begin with two underscores once it has relabelled a target. */
const PID_LABEL = '__mcp_exporter_pid';
const HOST_LABEL = '__mcp_exporter_host';
/** Where a host gives the same process id again (a restarted container does), only this tells two processes apart. */
const STARTED_LABEL = '__mcp_exporter_started';

/** Who announces a target. */
export interface Announcer {
  readonly pid: number;
  readonly host: string;
  /** When the process started: milliseconds since the epoch, the same for its whole life. */
  readonly startedMs: number;
}

const ownGroup = z.object({
  targets: z.array(z.string()),
  labels: z.object({
    [PID_LABEL]: z.string().regex(/^[1-9]\d*$/),
    [HOST_LABEL]: z.string(),
    [STARTED_LABEL]: z.string().optional(),
  }),
});

/** One element of the file, as Prometheus reads it. */
export function createTargetGroup(target: string, labels: Readonly<Record<string, string>>, by: Announcer) {
  const own = {
    [PID_LABEL]: String(by.pid),
    [HOST_LABEL]: by.host,
    [STARTED_LABEL]: String(by.startedMs),
  };
  return { targets: [target], labels: { ...labels, ...own } };
}

/** Whether a process of this host announced an element and is dead. Nothing is known of other hosts' processes. */
export function isAbandoned(group: unknown, by: Announcer, isAlive: (pid: number) => boolean): boolean {
  const owner = ownerOnHost(group, by.host);
  if (!owner) return false;
  return owner.pid === by.pid ? owner.started !== String(by.startedMs) : !isAlive(owner.pid);
}

/** Whether a process of this host announced `target`; with `pid`, that process. */
export function announces(group: unknown, target: string, by: { host: string; pid?: number }): boolean {
  const owner = ownerOnHost(group, by.host);
  return owner !== null && owner.targets.includes(target) && (by.pid === undefined || by.pid === owner.pid);
}

function ownerOnHost(group: unknown, host: string) {
  const { data } = ownGroup.safeParse(group);
  if (!data || data.labels[HOST_LABEL] !== host) return null;
  const { labels, targets } = data;
  return { targets, pid: Number(labels[PID_LABEL]), started: labels[STARTED_LABEL] };
}
