/** What is known of a message beside what it says. */
export interface MessageFacts {
  /** Bytes on the wire; undefined where only the parsed message was seen. */
  readonly sizeBytes?: number | undefined;
  /** The `MCP-Protocol-Version` header of the HTTP request that brought it. */
  readonly protocolVersion?: string | undefined;
  /** The `traceparent` header of the HTTP request that brought it. */
  readonly traceparent?: string | undefined;
}
