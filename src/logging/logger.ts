import { pino, type Logger as PinoLogger } from 'pino';

import { errorMessage } from '../errors.ts';
import { LogBuffer } from './log-buffer.ts';
import { LogGate } from './log-gate.ts';
import { createLogRedaction, type RedactFields } from './log-redaction.ts';
import { openStderr } from './stderr.ts';
import { handleRejection } from '../rejections.ts';

/** The logger interface of the exporter: pino's methods, with fields before the message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** A logger that counts its dropped lines. */
export interface CountingLogger extends Logger {
  readonly droppedLines: number;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const WARN = 40;
const MAX_KEY_LENGTH = 300;

/**
 * Creates a logger that writes JSON lines to stderr, because stdout carries MCP messages on stdio. Logging never blocks and
 * never throws. Lines that cannot be written are dropped and counted. A repeated warning or error is written once a
 * minute, with the number of repeats.
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
 * Wraps a logger so that its methods never throw and never receive secrets. A program's own logger must not stop the
 * caller, and may send its lines anywhere.
 *
 * @param onFailure - called with an error of the logger
 */
export function protectLogger(
  logger: Logger,
  onFailure: (error: unknown) => void = () => undefined,
  redact: RedactFields = createLogRedaction(),
): Logger {
  const methods = LEVELS.map((level) => {
    const write = (fields: unknown, ...rest: string[]) => {
      try {
        // The program's logger may have async methods.
        handleRejection(logger[level](redact(fields), ...rest), onFailure);
      } catch (error) {
        onFailure(error);
      }
    };
    return [level, write] as const;
  });
  return Object.fromEntries(methods) as unknown as Logger;
}

/** The key of a line's problem: level, message and error message. */
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
