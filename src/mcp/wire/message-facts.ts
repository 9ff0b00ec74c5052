/** Facts about a message that are not part of it. */
export interface MessageFacts {
  /** Bytes on the wire; undefined if only the parsed message was available. */
  readonly sizeBytes?: number | undefined;
  /** The `MCP-Protocol-Version` header of the HTTP request that carried it. */
  readonly protocolVersion?: string | undefined;
  /** The `traceparent` header of the HTTP request that carried it. */
  readonly traceparent?: string | undefined;
}
