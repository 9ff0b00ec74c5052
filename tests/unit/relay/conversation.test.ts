import { expect, test } from 'vitest';

import { Conversation } from '../../../src/relay/conversation.ts';
import type { Subject } from '../../../src/relay/event-subject.ts';

const subject = (observer: Subject['observer']): Subject => ({
  conversationId: 'one-id-for-all-clients',
  observer,
  serverName: 'shop',
  key: null,
});

test('of reporters that share one session id, the hub keeps those that may report more', () => {
  const conversation = new Conversation('one-id-for-all-clients');
  conversation.join('server', subject('server'));
  for (let i = 0; i < 1000; i++) {
    conversation.join(`proxy-${i}`, subject('proxy'));
    conversation.leave(`proxy-${i}`);
  }
  expect(conversation.openServers).toEqual(['server']);
  expect(conversation.observerOf('proxy-0')).toBeUndefined();
  expect(conversation.observerOf('proxy-999')).toBe('proxy');
});

test('if all may report more, the first ones are forgotten', () => {
  const conversation = new Conversation('one-id-for-all-clients');
  for (let i = 0; i < 101; i++) conversation.join(`proxy-${i}`, subject('proxy'));
  expect(conversation.observerOf('proxy-0')).toBeUndefined();
  expect(conversation.observerOf('proxy-1')).toBe('proxy');
});
