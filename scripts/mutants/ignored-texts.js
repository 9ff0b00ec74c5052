import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

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

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'texts', texts)];
