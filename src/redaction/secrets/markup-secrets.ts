// Secrets in XML and HTML: `<password>x</password>`, `<add key="password" value="x"/>`, and property lists.
import { REDACTED } from './marks.ts';
import { nameKind } from './secret-name.ts';
import { isSecretText } from './secret-value.ts';

const ELEMENT = /<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)>(\s*(?:<!\[CDATA\[)?)([^<]+)/g;
const ESCAPED_ELEMENT = /(&lt;(?:[\w-]{1,40}:)?([A-Za-z][\w.-]{0,100})&gt;)(?!\[redacted\])([^&]+)/g;
/** An element with a name, followed by an element with its value. */
const NAME_ELEMENT =
  /(<(?:key|name|k|string|param-name)>([^<]{1,100})<\/[\w:.-]+>\s*<[\w:.-]+(?:\s[^<>]*)?>)(?!\[redacted\])([^<]+)/gi;
const TAG = /<[A-Za-z][\w:.-]*\s[^<>]*>/g;
const NAME_ATTRIBUTE = /\s(?:key|name|id|property|field|param)\s*=\s*["']([^"']{1,100})["']/i;
const VALUE_ATTRIBUTE = /(\s(?:value|content|val|default)\s*=\s*)("[^"]*"|'[^']*')/gi;

export function maskMarkup(text: string): string {
  const decoded = text.includes('&lt;') ? text.replace(ESCAPED_ELEMENT, maskPair) : text;
  if (!decoded.includes('<')) return decoded;
  return decoded.replace(TAG, maskTag).replace(NAME_ELEMENT, maskPair).replace(ELEMENT, maskElement);
}

function maskElement(whole: string, tag: string, attributes: string, lead: string, content: string): string {
  // Skips self-closing elements and masked values.
  if (attributes.endsWith('/') || content.trim().startsWith(REDACTED)) return whole;
  const name = NAME_ATTRIBUTE.exec(attributes)?.[1];
  const isSecret =
    isSecretOf(tag.replace(/^.*:/, ''), content) || (name !== undefined && isSecretOf(name, content));
  const end = lead.endsWith('[') && content.includes(']]>') ? ']]>' : '';
  return isSecret ? `<${tag}${attributes}>${lead}${REDACTED}${end}` : whole;
}

function maskPair(whole: string, opening: string, name: string, content: string): string {
  return isSecretOf(name, content) ? opening + REDACTED : whole;
}

function maskTag(tag: string): string {
  const name = NAME_ATTRIBUTE.exec(tag)?.[1];
  if (name === undefined) return tag;
  return tag.replaceAll(VALUE_ATTRIBUTE, (whole: string, before: string, quoted: string) =>
    isSecretOf(name, quoted.slice(1, -1))
      ? `${before}${quoted.charAt(0)}${REDACTED}${quoted.charAt(0)}`
      : whole,
  );
}

function isSecretOf(name: string, content: string): boolean {
  const kind = nameKind(name);
  return kind !== null && content.trim() !== '' && isSecretText(kind, content.trim());
}
