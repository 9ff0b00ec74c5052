import {
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  type DynamicConfigValue,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { palette } from '../palette.ts';

/** Draws a field in `colour`, whatever its place among the others. */
export function coloured(colour: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: colour } };
}

/** A configured limit: a dashed line that no series can be mistaken for. */
export const limitLine: DynamicConfigValue[] = [
  coloured(palette.limit),
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.showPoints', value: 'never' },
  { id: 'custom.stacking', value: { mode: 'none', group: 'limit' } },
];

/** No number is not 0: a ratio of nothing, a quantile of no calls. */
export function noNumberIs(text: string): ValueMapping {
  return {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text, index: 0 } },
  };
}

/** Takes the limit from what the exporter is configured with: the colour changes where the alert fires. */
export function limitFromQuery(refId: string, legend: string, as: 'threshold1' | 'max') {
  return {
    id: 'configFromData',
    options: { configRefId: refId, mappings: [{ fieldName: legend, handlerKey: as }] },
  };
}
