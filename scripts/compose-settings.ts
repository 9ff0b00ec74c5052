import { describeSettings } from '../src/settings/settings.ts';

const START = '      # Every other setting, made by npm run docs';
const END = '      # /made by npm run docs';

/** `file` with the settings of the exporter's container that are not set by hand above the list. */
export function withComposeSettings(file: string): string {
  const [before, rest] = file.split(`${START}\n`);
  const after = rest?.split(`${END}\n`)[1];
  if (before === undefined || after === undefined) throw new Error(`expected ${START} and ${END}`);
  const byHand = new Set([...before.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name));
  const list = describeSettings()
    .filter(({ name }) => !byHand.has(name))
    .map(({ name }) => `      ${name}: \${${name}:-}\n`);
  return `${before}${START}\n${list.join('')}${END}\n${after}`;
}
