import { DETAILED_OPERATIONS } from '../../../monitor/retention.ts';
import { createElement, createLink, createPanel, setChanged, setChildren } from '../dom.ts';
import { formatCount, formatDuration, formatExactTime, formatValue } from '../format.ts';
import { elapsedSeconds, type OperationRecord } from '../state/operation-record.ts';
import { NO_FILTER, pageSearch, type OperationFilter } from '../state/page-address.ts';
import { FROM_MEMORY } from '../state/history-note.ts';
import { paceOf, type Usual } from '../state/pace.ts';
import { Changes } from './changes.ts';
import { createCopyButton } from './copy-button.ts';
import { createTime, setTime } from './time-element.ts';

export interface FactsContext {
  readonly nowMs: number;
  readonly usual: Usual | undefined;
  /** Whether `usual` is not from Prometheus although that is configured. */
  readonly isFromMemory: boolean;
  readonly serverName: string | null;
  /** With its version; null if it is unknown. */
  readonly client: string | null;
  readonly slowSeconds: number | null;
}

/** Details that are shown elsewhere on the page. */
const SHOWN_ELSEWHERE = new Set(['message', 'error', 'arguments', 'result', 'trace_id', 'requested_tool']);

/** The facts, details, arguments and result of one operation. */
export class OperationFacts {
  readonly element: HTMLElement;
  readonly #list = createElement('dl', 'facts');
  readonly #payloads = createElement('div', '');
  readonly #noPayloads = createElement(
    'p',
    'hint',
    'Arguments and result were not captured or are no longer kept. To capture them, set ',
    createElement('code', '', 'MCP_EXPORTER_MONITORING_CAPTURE_PAYLOADS=true'),
    ' for a proxy in front of a command, or ',
    createElement('code', '', 'MONITORING_CAPTURE_PAYLOADS=true'),
    ` in the program that watches this server, not in the hub. The last ${DETAILED_OPERATIONS} calls of each session keep them.`,
  );
  readonly #changes = new Changes();
  readonly #payloadChanges = new Changes();
  /** Unchanged elements are kept, because they may be selected, scrolled or focused. */
  #factOf = new Map<string, { readonly key: string; readonly elements: readonly HTMLElement[] }>();

  constructor() {
    this.element = createPanel('Details', this.#list, this.#noPayloads, this.#payloads);
  }

  update(record: OperationRecord, context: FactsContext): void {
    const { usual, isFromMemory, serverName, client } = context;
    const { details, status, startedAtMs } = record;
    if (!this.#changes.have(record, details, status, startedAtMs, usual, isFromMemory, serverName, client))
      return;
    const before = this.#factOf;
    this.#factOf = new Map();
    for (const [index, [name, value]] of this.#facts(record, context).entries()) {
      const key = typeof value === 'string' ? value : `${value.textContent} ${value.title}`;
      // A detail may have the same name as a fact.
      const uniqueName = this.#factOf.has(name) ? `${name} ${index}` : name;
      const known = before.get(uniqueName);
      const elements =
        known?.key === key ? known.elements : [createElement('dt', '', name), createElement('dd', '', value)];
      this.#factOf.set(uniqueName, { key, elements });
    }
    setChildren(
      this.#list,
      [...this.#factOf.values()].flatMap(({ elements }) => elements),
    );
    this.#renderPayloads(record, serverName);
  }

  #facts(record: OperationRecord, context: FactsContext): (readonly [string, HTMLElement | string])[] {
    const { id, sessionId, startedAtMs, endedAtMs, details } = record;
    const session = createLink('', sessionId, pageSearch({ view: 'session', sessionId }));
    const traceId = details['trace_id'];
    return [
      ...(context.serverName === null
        ? []
        : [['server', linkTo(context.serverName, { ...NO_FILTER, server: context.serverName })] as const]),
      ...(context.client === null ? [] : [['client', context.client] as const]),
      ['session', session],
      ['started', momentOf(startedAtMs, context.nowMs)],
      ...(endedAtMs === null ? [] : [['ended', momentOf(endedAtMs, context.nowMs)] as const]),
      ...usualFact(record, context),
      ...(typeof traceId === 'string' ? [['trace', copyable(traceId)] as const] : []),
      ['id', copyable(id)],
      ...Object.entries(details)
        .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
        .map(([name, value]) => [name, formatValue(value)] as const),
    ];
  }

  #renderPayloads(record: OperationRecord, serverName: string | null): void {
    const { details, parentId } = record;
    const payloads = ['arguments', 'result'].filter((name) => details[name] !== undefined);
    const isToolCall = serverName !== null && parentId === null;
    setChanged(this.#noPayloads, 'hidden', payloads.length > 0 || !isToolCall);
    const texts = payloads.map((name) => [name, formatPayload(details[name])] as const);
    if (!this.#payloadChanges.have(...texts.flat())) return;
    this.#payloads.replaceChildren(
      ...texts.flatMap(([name, text]) => {
        const head = createElement('h3', '', name);
        const pre = createElement('pre', 'payload', text);
        pre.tabIndex = 0;
        pre.ariaLabel = name;
        return [
          createElement(
            'div',
            'panel-head',
            head,
            createCopyButton('Copy', () => text),
          ),
          pre,
        ];
      }),
    );
  }
}

function linkTo(text: string, filter: OperationFilter): HTMLElement {
  return createLink('', text, pageSearch({ view: 'live', filter }));
}

function momentOf(timeMs: number | null, nowMs: number): HTMLElement | string {
  if (timeMs === null) return 'before this page opened';
  const time = createTime('');
  setTime(time, timeMs, nowMs);
  time.textContent = formatExactTime(timeMs, nowMs);
  return time;
}

function copyable(text: string): HTMLElement {
  return createElement(
    'span',
    'copyable',
    createElement('code', '', text),
    createCopyButton('Copy', () => text),
  );
}

function usualFact(record: OperationRecord, context: FactsContext): (readonly [string, string])[] {
  const { usual, isFromMemory, slowSeconds, nowMs } = context;
  const pace = paceOf(elapsedSeconds(record, nowMs) ?? 0, usual, slowSeconds);
  if (!usual || pace.usual === null) return [];
  const { count, median, p95 } = usual;
  const text = `median ${formatDuration(median)}, 95% within ${formatDuration(p95)} (${formatCount(count)} in the last day${isFromMemory ? `, ${FROM_MEMORY}` : ''})`;
  const verdict = record.endedAtMs !== null && pace.isLong ? '; this one was slower' : '';
  return [['usual', text + verdict]];
}

/** Text blocks of a tool's result as plain text, everything else as JSON. */
function formatPayload(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('content' in value) || !Array.isArray(value.content)) {
    return formatValue(value);
  }
  const { content, ...rest } = value as { content: unknown[] };
  const blocks = content.map((block) => textOf(block) ?? formatValue(block));
  return [...blocks, ...(Object.keys(rest).length === 0 ? [] : [formatValue(rest)])].join('\n\n');
}

function textOf(block: unknown): string | null {
  if (typeof block !== 'object' || block === null || !('text' in block)) return null;
  return typeof block.text === 'string' ? block.text : null;
}
