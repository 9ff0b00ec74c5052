import { expect, test } from 'vitest';

import { ConversationTable } from '../../../src/relay/conversation-table.ts';

test('keys that are added while a conversation is forgotten take no room from others', () => {
  const table = new ConversationTable((conversation) => table.count(conversation, 'proxy', 'held'));
  for (let i = 0; i < 61_000; i++) table.use(`conversation-${i}`, 0);
  const conversation = table.use('another', 0);
  table.count(conversation, 'server', 'call 1');
  table.count(conversation, 'server', 'call 2');
  expect(conversation.keys).toBe(2);
});
