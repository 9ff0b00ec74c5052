// `npm run bench` measures programs side by side and writes docs/performance.md. Only the ratios within one run count.
import { writeFileSync } from 'node:fs';

import { benchPage } from './page/bench-page.ts';
import { benchStartUp } from './start-up/bench-start-up.ts';

const sections = [await benchStartUp(), await benchPage()];

const text = `# Performance

Made by \`npm run bench\`. Each table compares programs that were measured alternately, in one run on one machine. Rely on
the ratios, because the absolute numbers depend on the machine. The control measures the baseline a second time: its
distance from 1.00 shows the noise.

${sections.join('\n')}`;
writeFileSync(new URL('../docs/performance.md', import.meta.url), text);
console.log(text);
