const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
/** This byte never occurs in UTF-8, so different label sets cannot give the same bytes. */
const SEPARATOR = 0xff;

const utf8 = new TextEncoder();

/**
 * The fingerprint of a label set as in Prometheus and Alertmanager: 64-bit FNV-1a over the names and values, sorted by
 * name, as 16 hexadecimal digits.
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
