/** The text of a response, as far as it was read. */
export interface ResponseText {
  readonly text: string;
  /** Whether it was longer than it may be; the rest was not read. */
  readonly isCut: boolean;
}

/** Reads at most `maxBytes` of a response, and closes its connection if there is more. Rejects if it breaks off. */
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
