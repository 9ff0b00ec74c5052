import { typeSchemas, type Schema } from './type-schemas.ts';

/** src/api/answer-schemas.json: the JSON Schemas of all answers of the HTTP API, for the OpenAPI document. */
export function answerSchemas(): Record<string, Schema> {
  const names = {
    'src/wire-format/wire-format.ts': ['WireOperation', 'WireSession'],
    'src/api/answers.ts': [
      'SessionsBody',
      'SessionBody',
      'OperationsBody',
      'OperationBody',
      'SnapshotBody',
      'StatusBody',
      'SummaryBody',
      'SummariesBody',
      'TrendBody',
      'ActivityBody',
      'ErrorBody',
    ],
  };
  return typeSchemas(names, (name) => `#/components/schemas/${name}`);
}
