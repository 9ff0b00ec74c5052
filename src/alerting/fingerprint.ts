const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
/** Never part of UTF-8, so that no two label sets run into the same bytes. */
const SEPARATOR = 0xff;

const utf8 = new TextEncoder();

/**
 * The fingerprint that Prometheus and Alertmanager give a set of labels: FNV-1a of 64 bits over names and values in
 * the order of the names, as 16 hexadecimal digits.
 *
 * @see https://github.com/prometheus/common/blob/main/model/signature.go
 */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET_BASIS;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const name of Object.keys(labels).toSorted()) {
    for (const text of [name, labels[name] ?? '']) {
      utf8.encode(text).forEach(add);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
