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

/** A target, and the process that announced it. */
export interface Announced extends Announcer {
  readonly target: string;
}

const ownFile = z.tuple([
  z.object({
    targets: z.tuple([z.string()]),
    labels: z.object({
      [PID_LABEL]: z.string().regex(/^[1-9]\d*$/),
      [HOST_LABEL]: z.string(),
      [STARTED_LABEL]: z.string().regex(/^\d+$/),
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

/** The target that a process of `host` announced with `content`; null for any other content. */
export function announcedOn(host: string, content: unknown): Announced | null {
  const { data } = ownFile.safeParse(content);
  if (!data) return null;
  const [{ targets, labels }] = data;
  if (labels[HOST_LABEL] !== host) return null;
  return {
    host,
    target: targets[0],
    pid: Number(labels[PID_LABEL]),
    startedMs: Number(labels[STARTED_LABEL]),
  };
}
