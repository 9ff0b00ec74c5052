import { relative } from 'node:path';

import { PluginKind, declareClassPlugin, declareValuePlugin } from '@stryker-mutator/api/plugin';

const LOG_LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
const TEXT_PROPERTIES = new Set(['help', 'description']);

/** No behavior depends on the wording of a log line, a metric's help or a description. */
const texts = {
  shouldIgnore({ node, parent }) {
    if (node.type !== 'StringLiteral' && node.type !== 'TemplateLiteral') return undefined;
    if (parent.type === 'CallExpression' && isLogCall(parent.callee)) return 'the text of a log line';
    if (parent.type === 'ObjectProperty' && parent.value === node && TEXT_PROPERTIES.has(parent.key.name)) {
      return 'a description';
    }
    return undefined;
  },
};

function isLogCall(callee) {
  return callee.type.endsWith('MemberExpression') && LOG_LEVELS.has(callee.property.name);
}

/** Prints a line for each mutant that survives, as soon as its tests have run. */
class Survivors {
  onMutantTested({ status, fileName, location, mutatorName, replacement = '' }) {
    if (status !== 'Survived' && status !== 'NoCoverage') return;
    const place = `${relative('.', fileName)}:${location.start.line}:${location.start.column}`;
    const code = replacement.replaceAll(/\s+/g, ' ').slice(0, 100);
    console.log(`${status.toLowerCase()} ${place} ${mutatorName}: ${code}`);
  }
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'texts', texts),
  declareClassPlugin(PluginKind.Reporter, 'survivors', Survivors),
];
