import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';

import { palette } from '../palette.ts';
import { atOnce } from '../query.ts';
import { noNumberIs } from './field-properties.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

/** A panel with one large number. */
export function stat(spec: PanelSpec): PanelBuilder {
  return specify(new PanelBuilder(), spec)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .mappings([noNumberIs(spec.noValue)]);
}

/**
 * A number of the last five minutes, independent of the time range. With a resolution of five minutes, `$__rate_interval`
 * is five minutes plus one scrape. Otherwise, an old number could look current.
 */
export function statOfLastMinutes(spec: PanelSpec): PanelBuilder {
  return stat(spec).interval('5m').maxDataPoints(100_000);
}

/**
 * A panel with "N of M", in green if N is M. `all` is a query of one number M, and `missing` of M - N, which may be empty.
 */
export function outOf(
  spec: Omit<PanelSpec, 'queries'>,
  { all, missing }: Readonly<Record<'all' | 'missing', string>>,
): PanelBuilder {
  const rest = `(${missing} or 0 * ${all})`;
  // The legend can show labels, but not values. The value sets the color, and NaN is gray.
  const labels =
    `0 * count_values("up", ${all} - ${rest}) ` +
    `+ on () group_left (of) 0 * count_values("of", ${all}) + on () group_left () ${rest}`;
  const text =
    `label_join(${labels}, "text", " of ", "up", "of") ` +
    `or on () label_replace(vector(NaN), "text", "${spec.noValue}", "", "")`;
  return stat({ ...spec, queries: [atOnce(text, '{{text}}')] })
    .textMode(BigValueTextMode.Name)
    .thresholds(steps(palette.good, [1, palette.bad]));
}

/** Color thresholds. The first color applies below all values. */
export function steps(first: string, ...others: [value: number, colour: string][]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: first }];
  for (const [value, color] of others) all.push({ value, color });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}
