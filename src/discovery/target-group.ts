import { z } from 'zod';

/** Prometheus drops labels with two leading underscores after relabeling. */
const PID_LABEL = '__mcp_exporter_pid';
const HOST_LABEL = '__mcp_exporter_host';
/** Distinguishes processes with the same id, for example after a container restart. */
const STARTED_LABEL = '__mcp_exporter_started';

/** The process that announces a target. */
export interface Announcer {
  readonly pid: number;
  readonly host: string;
  /** Start time of the process, in milliseconds since the Unix epoch. */
  readonly startedMs: number;
}

/** A target with the process that announced it. */
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

/** The content of a target file, in Prometheus' format. */
export function targetFile(target: string, labels: Readonly<Record<string, string>>, by: Announcer) {
  const own = {
    [PID_LABEL]: String(by.pid),
    [HOST_LABEL]: by.host,
    [STARTED_LABEL]: String(by.startedMs),
  };
  return [{ targets: [target], labels: { ...labels, ...own } }];
}

/** Whether the content of a file is this program's, or empty. */
export function isReplaceable(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const content: unknown = JSON.parse(text);
    return ownFile.or(z.tuple([])).safeParse(content).success;
  } catch {
    return false;
  }
}

/** Parses a target file of a process on `host`; null for any other content. */
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
