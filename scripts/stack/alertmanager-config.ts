import { parseDocument } from 'yaml';

export interface AlertmanagerRun {
  /** Where alerts are posted; null for nowhere. */
  readonly webhookUrl: string | null;
  /** Others than the file's, such as `1s`: for tests. */
  readonly groupWait?: string | undefined;
  readonly groupInterval?: string | undefined;
}

/** `alertmanager.yml` with its webhook, or with all alerts sent to `none`: what the compose file's script makes of it. */
export function alertmanagerConfig(text: string, run: AlertmanagerRun): string {
  const { webhookUrl, groupWait, groupInterval } = run;
  const routed =
    webhookUrl === null
      ? text.replace('receiver: webhook', 'receiver: none')
      : text.replace('http://webhook.invalid/', () => webhookUrl.replaceAll("'", "''"));
  const document = parseDocument(routed);
  if (groupWait) document.setIn(['route', 'group_wait'], groupWait);
  if (groupInterval) document.setIn(['route', 'group_interval'], groupInterval);
  return document.toString({ lineWidth: 0 });
}
