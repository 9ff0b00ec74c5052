import { z } from 'zod';

const sessionId = z.string().min(1).max(256);

/** Every message that a client may send. */
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('subscribe_session'), session_id: sessionId }),
  z.strictObject({ type: z.literal('unsubscribe_session'), session_id: sessionId }),
  z.strictObject({ type: z.literal('get_session_status'), session_id: sessionId }),
  z.strictObject({ type: z.literal('list_sessions') }),
  z.strictObject({
    type: z.literal('resume'),
    boot_id: z.string().min(1).max(64),
    seq: z.number().int().nonnegative(),
  }),
  z.strictObject({ type: z.literal('ping') }),
]);
