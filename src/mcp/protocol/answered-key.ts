import { wireKey } from '../../monitor/wire-name.ts';
import type { RequestId } from '../wire/json-rpc.ts';

const INTEGER = /^\s*[-+]?\d+\s*$/;
/** More digits take long to convert, and are not the id of a request. */
const MAX_NUMBER_LENGTH = 64;

/**
 * The keys under which the request of a response may be in flight, the most exact first. The SDKs' clients number their
 * requests, and convert the id of a response to a number. So a server that answers `"1"` to `1` works.
 */
export function answeredKeys(id: RequestId): RequestId[] {
  const number = typeof id === 'string' ? numberOf(id) : null;
  return number === null ? [wireKey(id)] : [wireKey(id), number];
}

function numberOf(text: string): number | bigint | null {
  if (text.length > MAX_NUMBER_LENGTH || text.trim() === '') return null;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  return INTEGER.test(text) ? BigInt(text) : null;
}
