import { exporterCatalogue, pipelineCatalogue } from '../../src/metrics/catalogue.ts';
import { isError, isRated } from '../../src/monitor/outcomes.ts';
import { requestsThat } from './outcome-matchers.ts';
import { max, series } from './promql.ts';

// Matchers for requests and calls.

export const ofServer = { mcp_server_name: '=~"$server"' };
export const toolCalls = { ...ofServer, mcp_method_name: '="tools/call"' };
/** The labels of a tool, because two servers may have tools with the same name. */
export const BY_TOOL = ['mcp_server_name', 'gen_ai_tool_name'] as const;
/** Legend of a tool. */
export const TOOL_LEGEND = '{{mcp_server_name}} {{gen_ai_tool_name}}';
export const ofTool = { ...toolCalls, gen_ai_tool_name: '=~"$tool"' };

/** Requests that count as errors. */
export const failed = requestsThat(isError);
/** Requests in the denominator of error rates. */
const rated = requestsThat(isRated);
/** Tool calls in the denominator of error rates. */
export const ratedToolCalls = { ...toolCalls, ...rated };

// The exporters' configuration. If exporters differ, the strictest value applies.

/** MONITORING_SLO_OBJECTIVE. The highest value is the strictest. */
export const objective = max(series(exporterCatalogue.sloObjective));
/** Share of calls that may fail. */
export const errorBudget = `1 - ${objective}`;
/**
 * Share of calls that may fail, by job. As in the rules, it uses the last value of an hour, so that it survives the end of
 * an exporter.
 */
export const errorBudgetByJob = `1 - ${max(`last_over_time(${series(exporterCatalogue.sloObjective)}[1h])`, 'job')}`;
/** SLOW_OPERATION_THRESHOLD */
export const slowThreshold = `min(${series(pipelineCatalogue.slowThreshold)})`;
/** HIGH_ERROR_RATE_THRESHOLD */
export const errorRateThreshold = `min(${series(pipelineCatalogue.errorRateThreshold)})`;
