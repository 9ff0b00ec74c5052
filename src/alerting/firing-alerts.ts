import type { AlertBody, AlertsBody } from '../api/answers.ts';
import { errorMessage } from '../errors.ts';
import type { Clock } from '../monitor/clock.ts';

type Labels = Readonly<Record<string, string>>;

export interface FiringAlertsOptions {
  readonly clock: Clock;
  /** Evaluates an expression in Prometheus; null if Prometheus is not configured. */
  readonly query:
    ((expression: string, timeMs: number) => Promise<readonly { readonly labels: Labels }[]>) | null;
  /** The alerts that the exporter itself evaluates; null if it evaluates none. */
  readonly embedded: () => readonly AlertBody[] | null;
}

/** The shipped alerts that fire, except the one that always fires. */
const EXPRESSION = 'ALERTS{alertstate="firing",alertname=~"Mcp.+",alertname!="McpWatchdog"}';
/** Many viewers ask at the same time. */
const KEEP_MS = 10_000;

/** The alerts that fire now, from Prometheus or from the exporter itself. */
export class FiringAlerts {
  readonly #options: FiringAlertsOptions;
  #known: Promise<AlertsBody> | null = null;
  #readAtMs = -Infinity;

  constructor(options: FiringAlertsOptions) {
    this.#options = options;
  }

  read(): Promise<AlertsBody> {
    const nowMs = this.#options.clock.monotonic();
    if (!this.#known || nowMs - this.#readAtMs >= KEEP_MS) {
      this.#readAtMs = nowMs;
      this.#known = this.#read();
    }
    return this.#known;
  }

  async #read(): Promise<AlertsBody> {
    const { query, embedded, clock } = this.#options;
    if (!query) {
      const firing = embedded();
      return { source: firing && 'local', problem: null, firing: firing ?? [] };
    }
    try {
      const samples = await query(EXPRESSION, clock.now());
      return { source: 'prometheus', problem: null, firing: samples.map(({ labels }) => alertOf(labels)) };
    } catch (error) {
      const firing = embedded();
      return {
        source: firing ? 'local' : 'prometheus',
        problem: errorMessage(error),
        firing: firing ?? [],
      };
    }
  }
}

function alertOf(labels: Labels): AlertBody {
  return {
    name: labels['alertname'] ?? '',
    severity: labels['severity'] ?? null,
    server: labels['mcp_server_name'] ?? null,
    operation: labels['operation'] ?? labels['gen_ai_tool_name'] ?? null,
    description: null,
  };
}
