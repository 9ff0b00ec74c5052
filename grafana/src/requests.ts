import { exporterCatalogue, pipelineCatalogue } from '../../src/metrics/catalogue.ts';
import { series } from './promql.ts';

// What requests and calls are chosen by. An error is what has an error type and was not cancelled by the client.

export const ofServer = { mcp_server_name: '=~"$server"' };
export const toolCalls = { ...ofServer, mcp_method_name: '="tools/call"' };
export const ofTool = { ...toolCalls, gen_ai_tool_name: '=~"$tool"' };

export const failed = { error_type: '!~"|cancelled"' };
export const cancelled = { error_type: '="cancelled"' };
export const completed = { error_type: '=""' };

// What the exporters are configured with; where they differ, the strictest.

/** MONITORING_SLO_OBJECTIVE */
export const objective = `min(${series(exporterCatalogue.sloObjective)})`;
/** The share that may fail. */
export const errorBudget = `1 - ${objective}`;
/** SLOW_OPERATION_THRESHOLD */
export const slowThreshold = `min(${series(pipelineCatalogue.slowThreshold)})`;
/** HIGH_ERROR_RATE_THRESHOLD */
export const errorRateThreshold = `min(${series(pipelineCatalogue.errorRateThreshold)})`;
