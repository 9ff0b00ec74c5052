import { exporterCatalogue, pipelineCatalogue } from '../../src/metrics/catalogue.ts';
import { isError, isRated } from '../../src/monitor/outcomes.ts';
import { requestsThat } from './outcome-matchers.ts';
import { max, series } from './promql.ts';

// What requests and calls are chosen by.

export const ofServer = { mcp_server_name: '=~"$server"' };
export const toolCalls = { ...ofServer, mcp_method_name: '="tools/call"' };
/** What a tool is known by: two servers may each have one of the same name. */
export const BY_TOOL = ['mcp_server_name', 'gen_ai_tool_name'] as const;
/** A tool's name in a legend. */
export const TOOL_LEGEND = '{{mcp_server_name}} {{gen_ai_tool_name}}';
export const ofTool = { ...toolCalls, gen_ai_tool_name: '=~"$tool"' };

/** Those that count as errors. */
export const failed = requestsThat(isError);
/** Those that error rates are shares of. */
const rated = requestsThat(isRated);
/** The calls of {@link toolCalls} that error rates are shares of. */
export const ratedToolCalls = { ...toolCalls, ...rated };

// What the exporters are configured with; where they differ, the strictest.

/** MONITORING_SLO_OBJECTIVE: the strictest asks for most. */
export const objective = max(series(exporterCatalogue.sloObjective));
/** The share that may fail. */
export const errorBudget = `1 - ${objective}`;
/**
 * The share that may fail, of each job: series of several jobs are each divided by their own. As in the rules, it is
 * still known when the exporter has died: what is recorded of its last hour goes on.
 */
export const errorBudgetByJob = `1 - ${max(`last_over_time(${series(exporterCatalogue.sloObjective)}[1h])`, 'job')}`;
/** SLOW_OPERATION_THRESHOLD */
export const slowThreshold = `min(${series(pipelineCatalogue.slowThreshold)})`;
/** HIGH_ERROR_RATE_THRESHOLD */
export const errorRateThreshold = `min(${series(pipelineCatalogue.errorRateThreshold)})`;
