import { describe, expect, it } from 'vitest';

import { pipelineSessionOf } from '../../../src/pipeline/session/session-id.ts';

const sessionOf = (args: unknown) => pipelineSessionOf({ toolName: 'pipeline_status', arguments: args });

describe('the session of a call', () => {
  it.each(['a', 'run-1', 'A.b_c:d-9', 'x'.repeat(128)])('is the one it names: %s', (id) => {
    expect(sessionOf({ session_id: id, other: 1 })).toBe(id);
  });

  it.each(['', 'a b', 'a/b', 'a\n', 'ü', 'x'.repeat(129), 7, null, undefined])(
    'no session id is taken from %j',
    (id) => {
      expect(sessionOf({ session_id: id })).toBeUndefined();
    },
  );

  it.each([undefined, null, 'text', []])('no session id is taken from the arguments %j', (args) => {
    expect(sessionOf(args)).toBeUndefined();
  });
});
