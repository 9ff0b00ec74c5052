import { slug } from 'github-slugger';

/**
 * The anchor of a heading: as on a Git host, so that a link works in both places. Alerts keep their case, because the
 * exporter's own runbook page and the links in notifications use the alert's name.
 */
export function anchorOf(heading: string): string {
  return /^Mcp[A-Z]\w+$/.test(heading) ? heading : slug(heading);
}
