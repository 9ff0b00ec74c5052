import { createLink } from '../dom.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { operationHref } from '../state/page-address.ts';

/** A link to an operation's page, with the full name as its tooltip. */
export function createOperationLink(record: OperationRecord): HTMLAnchorElement {
  const link = createLink('name', record.name, operationHref(record));
  link.title = record.name;
  return link;
}
