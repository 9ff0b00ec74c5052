import {
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Threshold,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';

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

/** Color thresholds. The first color applies below all values. */
export function steps(first: string, ...others: [value: number, colour: string][]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: first }];
  for (const [value, color] of others) all.push({ value, color });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}
