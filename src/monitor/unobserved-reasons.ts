/** Why the end of a request is unknown, by the value of the label `reason`. */
const table = {
  too_large: 'the message was too large to read',
  undecodable: 'the content encoding of the response is unsupported or damaged',
  not_json_rpc: 'the response was not a JSON-RPC message',
  not_followed: 'no longer followed: too many requests are in flight',
  id_reused: 'another request with the same id was in flight, and one response arrived',
  session_idle: 'its session became idle before a response arrived',
  fault: 'an internal error of the exporter prevented reading the response',
} as const;

export type UnobservedReason = keyof typeof table;

export const UNOBSERVED: Readonly<Record<UnobservedReason, string>> = table;

export const UNOBSERVED_REASONS = Object.keys(table) as readonly UnobservedReason[];
