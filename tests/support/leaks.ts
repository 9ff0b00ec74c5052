/** The forms of `secret` in other bytes: as it is, URL-encoded, hexadecimal, and base64. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // In base64, a text has a different form at each of three offsets, and its ends depend on the adjacent bytes.
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = encoded.slice(offset === 0 ? 0 : offset + 1, -2);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    secret.split('').toReversed().join(''),
    ...base64,
  ];
}

/** The data that left a process, by destination. */
export class Captured {
  readonly #byPlace = new Map<string, Buffer[]>();

  add(place: string, data: string | Uint8Array): void {
    const parts = this.#byPlace.get(place) ?? [];
    parts.push(Buffer.from(data));
    this.#byPlace.set(place, parts);
  }

  sizeOf(place: string): number {
    return Buffer.concat(this.#byPlace.get(place) ?? []).length;
  }

  /** The destinations that received `secret` in any form. */
  placesOf(secret: string): string[] {
    return [...this.#byPlace]
      .filter(([, parts]) => {
        const text = Buffer.concat(parts).toString('latin1');
        return formsOf(secret).some((form) => text.includes(form));
      })
      .map(([place]) => place)
      .toSorted();
  }
}
