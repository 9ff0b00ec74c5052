// `npm run bench`: measures, side by side, and writes docs/performance.md. Only ratios between things of one run count.
import { writeFileSync } from 'node:fs';

import { benchPage } from './page/bench-page.ts';
import { benchStartUp } from './start-up/bench-start-up.ts';

const sections = [await benchStartUp(), await benchPage()];

const text = `# Performance

Made by \`npm run bench\`. Each table compares things that were measured in turns, in one run, on one machine: ratios say
something, single numbers little. The control is the baseline measured twice; where it is far from 1, so is the noise.

${sections.join('\n')}`;
writeFileSync(new URL('../docs/performance.md', import.meta.url), text);
console.log(text);
