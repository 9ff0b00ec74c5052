import {
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  type DynamicConfigValue,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { palette } from '../palette.ts';

/** Draws a field in a fixed color. */
export function coloured(colour: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: colour } };
}

/** Draws a configured limit as a dashed line. */
export const limitLine: DynamicConfigValue[] = [
  coloured(palette.limit),
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.showPoints', value: 'never' },
  { id: 'custom.stacking', value: { mode: 'none', group: 'limit' } },
];

/** Shows `text` in gray for null and NaN, such as the ratio or quantile of no calls. */
export function noNumberIs(text: string): ValueMapping {
  return {
    type: MappingType.SpecialValue,
    options: { match: SpecialValueMatch.NullAndNan, result: { text, color: palette.unknown, index: 0 } },
  };
}

/** Takes a threshold from the exporter's configuration, so that the color changes where the alert fires. */
export function limitFromQuery(refId: string, legend: string, as: 'threshold1' | 'max') {
  return {
    id: 'configFromData',
    options: { configRefId: refId, mappings: [{ fieldName: legend, handlerKey: as }] },
  };
}
