// Reports one operation to a hub with one HTTP request, as a program in any language can. See docs/openapi.json.
//   HUB=http://127.0.0.1:3001 node examples/report-to-hub/report-to-hub.mjs
const hub = process.env.HUB ?? 'http://127.0.0.1:3001';
const key = process.env.MONITORING_API_KEY;

const response = await fetch(new URL('/api/v1/report', hub), {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : undefined) },
  body: JSON.stringify({
    reporter_id: `nightly-${process.pid}`,
    is_closing: true,
    events: [
      {
        type: 'operation',
        kind: 'completed',
        session_id: 'nightly',
        operation_id: 'import-1',
        operation_name: 'import',
        duration: 12.5,
        details: { rows: 40_000 },
      },
    ],
  }),
});
if (!response.ok)
  throw new Error(`the hub answered with status ${response.status}: ${await response.text()}`);
console.log(await response.json());
