import { mapOutcomes, OUTCOMES } from '../../src/monitor/outcomes.ts';

/**
 * Colors by meaning, for all dashboards. The hexadecimal colors are distinguishable with all kinds of color vision (after
 * Okabe and Ito) and have a contrast of 3:1 to Grafana's dark and light backgrounds.
 */
export const palette = {
  ...mapOutcomes((outcome) => OUTCOMES[outcome].color),
  /** A single measured series. */
  neutral: '#3A87C8',
  /** Second and third series. */
  second: '#009E73',
  third: '#A05EB5',
  /** A configured limit, drawn as a dashed line. */
  limit: '#B87F00',
  /** A state that is not known, such as that of a server whose exporter is down. */
  unknown: '#8E8E8E',
  // Grafana's theme colors, for judgments. Always combined with a number or a word.
  good: 'green',
  warning: 'orange',
  bad: 'red',
} as const;
