import { parseDocument } from 'yaml';

export interface AlertmanagerRun {
  /** URL to which alerts are posted; null to post none. */
  readonly webhookUrl: string | null;
  /** Replaces the intervals of the file in tests, such as `1s`. */
  readonly groupWait?: string | undefined;
  readonly groupInterval?: string | undefined;
}

/** `alertmanager.yml` with its webhook, or with all alerts routed to `none`, like the script in the compose file. */
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
