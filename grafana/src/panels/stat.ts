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

/** One number that reads from afar. */
export function stat(spec: PanelSpec): PanelBuilder {
  return specify(new PanelBuilder(), spec)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .mappings([noNumberIs(spec.noValue)]);
}

/**
 * A number of the last five minutes, whatever the time range: the panel's resolution is five minutes, and so
 * `$__rate_interval` is that long, too (plus one scrape). An old number would otherwise stand there as if it were now.
 */
export function statOfLastMinutes(spec: PanelSpec): PanelBuilder {
  return stat(spec).interval('5m').maxDataPoints(100_000);
}

/** Colours from `value` upwards; the first is the one below all. */
export function steps(first: string, ...others: [value: number, colour: string][]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: first }];
  for (const [value, color] of others) all.push({ value, color });
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}
