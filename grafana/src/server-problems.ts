import { pipelineCatalogue, protocolCatalogue } from '../../src/metrics/catalogue.ts';
import { prometheus } from './foreign-series.ts';
import { palette } from './palette.ts';
import { increase, max, select, selectRecorded, series, sum } from './promql.ts';
import { recorded } from './recorded-series.ts';
import { errorRateThreshold, ofServer, slowThreshold } from './requests.ts';

const { serverInfo, upstreamUp, childExits, operations, sessionsActive } = protocolCatalogue;
const SERVER = 'mcp_server_name';

/** Servers that their proxy cannot reach. */
const unreachable = `min by (${SERVER}) (${series(upstreamUp, ofServer)}) == 0`;

/** Series that exist as long as an exporter knows a server. */
const known = [series(serverInfo, ofServer), series(upstreamUp, ofServer)] as const;
const knownInRange = known.map((selector) => `last_over_time(${selector}[$__range])`).join(' or ');

/** Servers of the time range whose exporter does not answer, unless another exporter reports them. */
const unmeasured =
  `max by (${SERVER}) ((${knownInRange}) and on (job, instance) ${select(prometheus.up)} == 0) ` +
  `unless on (${SERVER}) (${known.join(' or ')})`;

const sumOfIncreases = (counter: string) => sum(increase(counter, '$__rate_interval'), SERVER);

/** Servers whose process crashed, or exited during a request. Clients often kill servers that are idle. */
const exited =
  `${sumOfIncreases(series(childExits, { ...ofServer, reason: '="failure"' }))} > 0 or ` +
  `${sumOfIncreases(series(operations, { ...ofServer, error_type: '="server_exited"' }))} > 0`;

const hanging = `${sum(series(pipelineCatalogue.operationsStalled, ofServer), SERVER)} > 0`;

/** The worst tool of each server. Fewer than three calls do not count, because one failure would be a third of them. */
const failing =
  `topk by (${SERVER}) (1, ${selectRecorded(recorded.toolFailureRatio, ofServer)} ` +
  `> on () group_left () ${errorRateThreshold} and ${selectRecorded(recorded.toolCalls, ofServer)} * 300 >= 3)`;

const slow =
  `topk by (${SERVER}) (1, ${selectRecorded(recorded.toolDuration, ofServer)} ` +
  `> on () group_left () ${slowThreshold})`;

interface Problem {
  /** The value of a server with this problem. The worst problem has the highest. */
  readonly level: number;
  readonly text: string;
  readonly color: string;
  /** One series for each server with this problem, and its tool if a tool has it. */
  readonly servers: string;
}

/** Problems of servers, from the worst down. */
export const PROBLEMS: readonly Problem[] = [
  { level: 6, text: 'unreachable', color: palette.bad, servers: unreachable },
  { level: 5, text: 'process exited', color: palette.bad, servers: exited },
  { level: 4, text: 'exporter down', color: palette.unknown, servers: unmeasured },
  { level: 3, text: 'call hangs', color: palette.bad, servers: hanging },
  { level: 2, text: 'tool fails', color: palette.bad, servers: failing },
  { level: 1, text: 'tool is slow', color: palette.warning, servers: slow },
];

/** The level of each server's worst problem. Servers without problems have no series. */
export const serverProblems = PROBLEMS.map(({ level, servers }) => `0 * (${servers}) + ${level}`).join(
  ` or on (${SERVER}) `,
);

/** The number of servers, also of those whose exporter does not answer. */
export const serversKnown = `count(${max(known.join(' or '), SERVER)} or ${unmeasured})`;

/** The number of servers that do not run or cannot be reached. A server that a client started again is up. */
export const serversDown =
  `count(${unreachable} or (${unmeasured}) or ` +
  `(${exited}) unless on (${SERVER}) ${sum(series(sessionsActive, ofServer), SERVER)} > 0)`;
