// Formats numbers as Prometheus' templates do, so that embedded alerts and Prometheus' alerts have the same texts.

/** 0.3333 is `33.33%`. */
export function humanizePercentage(ratio: number): string {
  return `${fourDigits(ratio * 100)}%`;
}

/** 90 is `1m 30s`, 2.5 is `2.5s`, 0.05 is `50ms`. */
export function humanizeDuration(seconds: number): string {
  if (seconds < 1e-3) return `${fourDigits(seconds * 1e6)}us`;
  if (seconds < 1) return `${fourDigits(seconds * 1000)}ms`;
  if (seconds < 60) return `${fourDigits(seconds)}s`;
  const whole = Math.floor(seconds);
  const parts = [
    `${Math.floor(whole / 86_400)}d`,
    `${Math.floor(whole / 3600) % 24}h`,
    `${Math.floor(whole / 60) % 60}m`,
    `${whole % 60}s`,
  ];
  return parts.slice(parts.findIndex((part) => !part.startsWith('0'))).join(' ');
}

function fourDigits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
