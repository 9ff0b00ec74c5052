import { pino, type Logger as PinoLogger } from 'pino';

import { errorMessage } from '../errors.ts';
import { LogBuffer } from './log-buffer.ts';
import { LogGate } from './log-gate.ts';
import { createLogRedaction, type RedactFields } from './log-redaction.ts';
import { openStderr } from './stderr.ts';
import { handleRejection } from '../rejections.ts';

/** What the exporter needs of a logger: pino's methods, with fields before the message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** A logger that tells how many of its lines were lost. */
export interface CountingLogger extends Logger {
  readonly droppedLines: number;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const WARN = 40;
const MAX_KEY_LENGTH = 300;

/**
 * JSON lines on stderr, because stdout belongs to MCP on stdio. Logging never waits for stderr and never throws; lines
 * that cannot be written are dropped and counted. A warning or an error that repeats is written once a minute, with the
 * number of repeats.
 */
export function createLogger(
  level: string,
  buffer = new LogBuffer(openStderr()),
  redact = createLogRedaction(),
): CountingLogger {
  const gate = new LogGate();
  const logger = pino(
    {
      name: 'mcp-exporter',
      level,
      base: null,
      hooks: {
        logMethod(args, method, lineLevel) {
          const writeRepeats = (repeats: number) => method.apply(this, withRepeats(args, repeats));
          if (lineLevel >= WARN && !gate.isFirst(problemOf(lineLevel, args), writeRepeats)) return;
          if (gate.takeToken()) method.apply(this, args);
          else buffer.drop();
        },
      },
    },
    buffer,
  );
  return Object.defineProperty(protectLogger(logger, undefined, redact), 'droppedLines', {
    get: () => buffer.droppedLines,
  }) as CountingLogger;
}

/**
 * The same logger, whose methods never throw and never see a secret: a program's own logger must not stop the part that
 * logs, and may send its lines anywhere.
 *
 * @param onFailure - called with what a method threw
 */
export function protectLogger(
  logger: Logger,
  onFailure: (error: unknown) => void = () => undefined,
  redact: RedactFields = createLogRedaction(),
): Logger {
  const methods = LEVELS.map((level) => {
    const write = (fields: unknown, ...rest: string[]) => {
      try {
        // A logger's methods may be async.
        handleRejection(logger[level](redact(fields), ...rest), onFailure);
      } catch (error) {
        onFailure(error);
      }
    };
    return [level, write] as const;
  });
  return Object.fromEntries(methods) as unknown as Logger;
}

/** Names the problem that a line is about: its level, its message and the error, without the stack. */
function problemOf(level: number, args: readonly unknown[]): string {
  const [fields, message = fields] = args;
  const { err, reason } = (typeof fields === 'object' && fields !== null ? fields : {}) as Record<
    string,
    unknown
  >;
  const cause = err ?? reason;
  return `${level} ${textOf(message)} ${cause === undefined ? '' : errorMessage(cause)}`.slice(
    0,
    MAX_KEY_LENGTH,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function withRepeats(args: readonly unknown[], repeats: number): [object, ...string[]] {
  const [fields, ...rest] = args;
  if (typeof fields !== 'object' || fields === null) return [{ repeats }, textOf(fields)];
  return [{ ...fields, repeats }, ...rest.map(textOf)];
}
