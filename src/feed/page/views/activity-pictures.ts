import type { Activity } from '../connection/exporter-api.ts';
import { createElement } from '../dom.ts';
import { formatCount, formatDuration, formatPercent } from '../format.ts';
import { totalsOf } from '../state/activities.ts';
import { createSparkline } from './sparkline.ts';

/** Three small charts of the last hour of one operation, each with a summary. */
export function activityPictures(name: string, activity: Activity): HTMLElement[] {
  const { count, failed, failedPercent, worstP95 } = totalsOf(activity);
  const rate = `${formatCount(count)}, at most ${formatCount(Math.max(...activity.count))}/min`;
  const p95 = worstP95 === null ? '–' : `up to ${formatDuration(worstP95)}`;
  const failures = failed === 0 ? 'none' : `${formatCount(failed)}, ${formatPercent(failedPercent)}`;
  const picture = (
    label: string,
    values: readonly (number | null)[],
    kind: 'bars' | 'line',
    text: string,
  ): HTMLElement => {
    const className = `spark-${label}`;
    const element = createElement(
      'div',
      'picture',
      createSparkline(values, { kind, className, label: `${name}, ${label}, last hour: ${text}` }),
      createElement('span', `picture-text${label === 'failures' && failed > 0 ? ' is-bad' : ''}`, text),
    );
    element.dataset['label'] = label;
    return element;
  };
  return [
    picture('rate', activity.count, 'bars', rate),
    picture('p95', activity.p95_duration, 'line', p95),
    picture('failures', activity.failure_count, 'bars', failures),
  ];
}
