/** A member of a JSON text that usually has the message, also if the text is truncated. */
const JSON_MESSAGE =
  /"(?:message|error|error_description|detail|reason|description|title)"\s*:\s*"((?:[^"\\]|\\.)+)/;
/** A heading, a tag, or a line that only says that there is an error. */
const EMPTY_WORDS = /^(?:#+\s.*|<[^>]*>|\W*(?:errors?|failed|failure)\W*)$/i;

/** The first meaningful line of an error, for a list. Servers begin errors with JSON, headings or frames. `''` if it is empty. */
export function summarizeError(error: string): string {
  const text = error.trim();
  const inJson = /^[[{]/.test(text) ? JSON_MESSAGE.exec(text)?.[1] : undefined;
  if (inJson !== undefined) return unescaped(inJson).trim();
  const lines = text.split('\n').map((line) => line.trim());
  const spoken = lines.filter((line) => /\p{L}{2}/u.test(line));
  return spoken.find((line) => !EMPTY_WORDS.test(line)) ?? spoken[0] ?? lines[0] ?? '';
}

function unescaped(json: string): string {
  try {
    return String(JSON.parse(`"${json}"`));
  } catch {
    return json;
  }
}
