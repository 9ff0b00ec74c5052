/** The text of a response, possibly truncated. */
export interface ResponseText {
  readonly text: string;
  /** Whether the response exceeded the maximum and the rest was not read. */
  readonly isCut: boolean;
}

/** Reads at most `maxBytes` of a response and closes the connection if there is more. Rejects if the response is aborted. */
export async function readResponseText(response: Response, maxBytes: number): Promise<ResponseText> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (!reader || !chunk) return { text: Buffer.concat(chunks).toString(), isCut: false };
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes <= maxBytes) continue;
    await reader.cancel();
    return { text: Buffer.concat(chunks).subarray(0, maxBytes).toString(), isCut: true };
  }
}
