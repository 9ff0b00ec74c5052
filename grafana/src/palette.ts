import { mapOutcomes, OUTCOMES } from '../../src/monitor/outcomes.ts';

/**
 * One colour for one meaning, on every dashboard. The hexadecimal ones keep apart for all kinds of colour vision (blue,
 * orange and grey, after Okabe and Ito) and stand out (3:1) from Grafana's dark and light background.
 */
export const palette = {
  ...mapOutcomes((outcome) => OUTCOMES[outcome].color),
  /** What is measured, where there is only one thing to tell. */
  neutral: '#3A87C8',
  /** A second and a third thing beside it. */
  second: '#009E73',
  third: '#A05EB5',
  /** A configured limit, drawn as a dashed line. */
  limit: '#B87F00',
  // What Grafana's theme calls them, in its shades for dark and light: judgements, never without a number or a word.
  good: 'green',
  warning: 'orange',
  bad: 'red',
} as const;
