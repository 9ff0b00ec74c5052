import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** The requests of a client, by method, tool and result. */
export interface ClientCount {
  readonly requests: Map<string, number>;
  readonly outcomes: Map<string, number>;
  readonly notifications: Map<string, number>;
}

/** Counts at the client's side of its transport, for comparison with `/metrics`. */
export function countTraffic<T extends object>(transport: T): { transport: T; count: ClientCount } {
  const watched = transport as unknown as Transport;
  const count: ClientCount = { requests: new Map(), outcomes: new Map(), notifications: new Map() };
  const names = new Map<string | number, string>();
  /** Over HTTP, SDK v1 requests a stream that ended with an error again after a second, and gets the error again. */
  const answered = new Set<string | number>();
  const send = watched.send.bind(watched);
  watched.send = (message, options) => {
    if ('method' in message && 'id' in message) {
      const name =
        message.method === 'tools/call' ? `tools/call ${String(message.params?.['name'])}` : message.method;
      names.set(message.id, name);
      add(count.requests, name);
    } else if ('method' in message) add(count.notifications, message.method);
    return send(message, options);
  };
  const start = watched.start.bind(watched);
  watched.start = async () => {
    const { onmessage } = watched;
    watched.onmessage = (message, extra) => {
      const answers = 'id' in message && !('method' in message) ? message.id : undefined;
      if (answers !== undefined && !answered.has(answers)) {
        answered.add(answers);
        const name = names.get(answers) ?? 'unknown';
        add(count.outcomes, `${name} ${outcomeOf(message)}`);
      }
      onmessage?.(message, extra);
    };
    await start();
  };
  return { transport, count };
}

/** The value of the label `error_type`. */
function outcomeOf(message: object): string {
  if ('error' in message) return String((message.error as { code: number }).code);
  const { result } = message as { result?: { isError?: boolean } };
  return result?.isError === true ? 'tool_error' : '';
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
