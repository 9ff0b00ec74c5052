import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Color = 'green' | 'yellow' | 'red';

/**
 * Colors texts if the stream is a terminal that shows colors. `NO_COLOR` always disables them: Node would prefer
 * FORCE_COLOR.
 *
 * @see {@link https://no-color.org}
 */
export function createPaint(
  stream: Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>,
  env: Readonly<Record<string, string | undefined>>,
): (color: Color, text: string) => string {
  const hasColors = stream.isTTY === true && !env['NO_COLOR'] && stream.hasColors?.(env) === true;
  return (color, text) => (hasColors ? styleText(color, text, { validateStream: false }) : text);
}
