import { describe, expect, it } from 'vitest';

import { createKeyStore } from '../../../../../src/feed/page/connection/key-store.ts';

function fakeStorage(): Storage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    clear: () => values.clear(),
    getItem: (name) => values.get(name) ?? null,
    key: (index) => [...values.keys()][index] ?? null,
    removeItem: (name) => void values.delete(name),
    setItem: (name, value) => void values.set(name, value),
  };
}

describe('the key', () => {
  it('is there again after a reload of the tab, until it is cleared', () => {
    const storage = fakeStorage();
    createKeyStore(() => storage).save('s3cret');
    const reloaded = createKeyStore(() => storage);
    expect(reloaded.load()).toBe('s3cret');
    reloaded.clear();
    expect(reloaded.load()).toBeNull();
    expect(createKeyStore(() => storage).load()).toBeNull();
  });

  it('is kept by the page alone where the browser denies storage', () => {
    const keys = createKeyStore(() => {
      throw new Error('denied');
    });
    expect(keys.load()).toBeNull();
    keys.save('s3cret');
    expect(keys.load()).toBe('s3cret');
  });
});
