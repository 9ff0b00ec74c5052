import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { FairShare } from '../../../src/monitor/fair-share.ts';

const always = () => true;

test('an owner with its full share gives up its own least recently used member', () => {
  const share = new FairShare<string>({ max: 10, maxPerOwner: 2 });
  share.use('a', 'a1');
  share.use('a', 'a2');
  share.use('b', 'b1');
  share.use('a', 'a1');
  expect(share.hasRoom('a')).toBe(false);
  expect(share.hasRoom('b')).toBe(true);
  expect(share.victimFor('a', always)).toBe('a2');
  expect(share.victimFor('a', (member) => member !== 'a2')).toBe('a1');
  expect(share.victimFor('a', () => false)).toBeUndefined();
});

test('without room in total, the owner with the most members gives one up, and none with fewer', () => {
  const share = new FairShare<string>({ max: 4, maxPerOwner: 4 });
  for (const member of ['a1', 'a2', 'a3']) share.use('a', member);
  share.use('b', 'b1');
  expect(share.victimFor('c', always)).toBe('a1');
  expect(share.victimFor('c', (member) => !member.startsWith('a'))).toBe('b1');
  expect(share.victimFor('a', (member) => !member.startsWith('a'))).toBeUndefined();
});

test('whatever other owners do, an owner keeps up to its fair share', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(200)), {
    minLength: 100,
    maxLength: 300,
  });
  let largest = 0;
  fc.assert(
    fc.property(steps, (all) => {
      const share = new FairShare<string>({ max: 20, maxPerOwner: 15 });
      for (const i of [1, 2, 3, 4, 5]) share.use('victim', `victim ${i}`);
      const owners = new Map<string, string>();
      for (const [owner, number] of all) {
        const member = `${owner} ${number}`;
        if (owners.has(member)) continue;
        if (!share.hasRoom(owner)) {
          const victim = share.victimFor(owner, always);
          if (victim === undefined) continue;
          share.delete(owners.get(victim) ?? 'victim', victim);
          owners.delete(victim);
        }
        share.use(owner, member);
        owners.set(member, owner);
      }
      largest = Math.max(largest, share.size);
      expect(share.size).toBeLessThanOrEqual(20);
      // Five owners share 20 places.
      expect(share.sizeOf('victim')).toBeGreaterThanOrEqual(4);
    }),
  );
  // Otherwise nothing was tested.
  expect(largest).toBe(20);
});

test('a share counts each member once, until it is deleted', () => {
  const share = new FairShare<string>({ max: 3, maxPerOwner: 3 });
  for (const member of ['a1', 'a2', 'a1']) share.use('a', member);
  share.use('b', 'b1');
  expect([share.size, share.sizeOf('a'), share.sizeOf('b'), share.sizeOf('c')]).toEqual([3, 2, 1, 0]);
  expect([...share.members()]).toEqual(['a2', 'a1', 'b1']);
  expect([share.hasRoom('a'), share.hasRoom('c')]).toEqual([false, false]);
  share.delete('b', 'a1');
  share.delete('c', 'c1');
  expect(share.size).toBe(3);
  share.delete('a', 'a2');
  expect([share.size, share.sizeOf('a'), share.hasRoom('c')]).toEqual([2, 1, true]);
  share.delete('a', 'a1');
  share.delete('b', 'b1');
  expect([share.size, [...share.members()], share.victimFor('c', always)]).toEqual([0, [], undefined]);
});

test('an owner gives up nothing for another one with as many members', () => {
  const share = new FairShare<string>({ max: 4, maxPerOwner: 3 });
  for (const owner of ['a', 'b']) for (const number of [1, 2]) share.use(owner, `${owner}${number}`);
  expect(share.victimFor('a', (member) => member.startsWith('b'))).toBeUndefined();
  expect(share.victimFor('a', always)).toBe('a1');
  share.delete('a', 'a1');
  share.use('b', 'b3');
  expect(share.victimFor('c', always)).toBe('b1');
  expect(share.victimFor('b', always)).toBe('b1');
});

test('the owner with the most members gives one up, whichever came first', () => {
  const share = new FairShare<string>({ max: 6, maxPerOwner: 6 });
  share.use('a', 'a1');
  for (const member of ['b1', 'b2', 'b3']) share.use('b', member);
  for (const member of ['c1', 'c2']) share.use('c', member);
  expect(share.victimFor('d', always)).toBe('b1');
  expect(share.victimFor('d', (member) => !member.startsWith('b'))).toBe('c1');
});
