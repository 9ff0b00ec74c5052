import {
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as statushistory from '@grafana/grafana-foundation-sdk/statushistory';

import { palette } from '../palette.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

const noLegend = () => new VizLegendOptionsBuilder().showLegend(false);
const tooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None);

/** The number of rows that fit with readable names. Title, time axis and page numbers take about three lines. */
const rowsOf = ({ size: [, height] }: PanelSpec) => Math.max(1, height - 2);

/** A timeline of states, which the panel's mappings name and color. Gaps are times without data. */
export function timeline(spec: PanelSpec): statetimeline.PanelBuilder {
  return (
    specify(new statetimeline.PanelBuilder(), spec)
      .perPage(rowsOf(spec))
      // With colors by threshold, Grafana prints the ranges of the thresholds ("1+") instead of the texts.
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(palette.unknown))
      .showValue(VisibilityMode.Auto)
      .mergeValues(true)
      .rowHeight(0.8)
      .legend(noLegend())
      .tooltip(tooltip())
  );
}

/** A timeline of up and down states. */
export function upTimeline(spec: PanelSpec): statetimeline.PanelBuilder {
  return timeline(spec).mappings([
    {
      type: MappingType.ValueToText,
      options: {
        '0': { text: 'down', color: palette.bad, index: 0 },
        '1': { text: 'up', color: palette.good, index: 1 },
      },
    },
  ]);
}

/** A status history of shares, from blue (0) over yellow to red (the panel's maximum). */
export function shareHistory(spec: PanelSpec): statushistory.PanelBuilder {
  return specify(new statushistory.PanelBuilder(), spec)
    .perPage(rowsOf(spec))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlYlRd))
    .min(0)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.9)
    .colWidth(0.95)
    .legend(noLegend())
    .tooltip(tooltip());
}
