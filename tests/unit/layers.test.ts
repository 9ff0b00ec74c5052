import { describe, expect, test } from 'vitest';

import { importsOfSources, type Import } from '../support/import-graph.ts';

// Each line may import the lines above it, and nothing else. Parts on one line do not import each other. A new folder
// is one more name here. Deeper lines order the parts of a folder; a folder without one may be in any order, but its
// subfolders must not import each other in a circle.
const LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '': [
    [
      'errors.ts',
      'rejections.ts',
      'package-files.ts',
      'client-address.ts',
      'byte-order-mark.ts',
      'plural.ts',
    ],
    ['redaction', 'processes', 'troubleshooting.ts'],
    ['settings'],
    ['monitor'],
    ['logging', 'outbound', 'wire-format', 'client-config', 'discovery'],
    ['api', 'setup'],
    ['alerting', 'feed', 'history', 'http', 'mcp', 'metrics', 'relay'],
    ['exporter'],
    ['doctor', 'pipeline'],
    ['hook.ts', 'metrics.ts'],
    ['commands', 'index.ts'],
    ['cli.ts'],
  ],
  mcp: [['wire'], ['protocol'], ['streams'], ['http', 'stdio'], ['hook', 'serve']],
  pipeline: [
    ['contract', 'unreadable.ts'],
    ['workspace-root.ts'],
    ['session', 'worker'],
    ['host'],
    ['tools'],
    ['pipeline-server.ts'],
    ['pipeline-source.ts'],
  ],
};

/** The folders, or files, that may load a package which shapes the code around it. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  express: ['http'],
  ws: ['feed'],
  'prom-client': ['metrics'],
  '@modelcontextprotocol/sdk': ['mcp', 'pipeline'],
  pino: ['logging'],
};

const imports = importsOfSources();
const local = imports.filter(({ isPackage }) => !isPackage);

test('finds the imports of every kind', () => {
  expect(local.length).toBeGreaterThan(500);
  expect(local).toContainEqual({
    from: 'cli.ts',
    to: 'commands/serve.ts',
    isPackage: false,
    isTypeOnly: false,
  });
});

describe.each(Object.entries(LAYERS))('layers of src/%s', (folder, lines) => {
  const inside = local.filter(({ from, to }) => partOf(folder, from) !== null && partOf(folder, to) !== null);

  test('name every part', () => {
    const parts = new Set(inside.flatMap(({ from, to }) => [partOf(folder, from), partOf(folder, to)]));
    expect(parts).toEqual(new Set(lines.flat()));
  });

  test('are imported downwards only', () => {
    const line = (file: string) => lines.findIndex((parts) => parts.includes(partOf(folder, file) ?? ''));
    const upward = inside.filter(
      ({ from, to }) => partOf(folder, from) !== partOf(folder, to) && line(to) >= line(from),
    );
    expect(upward.map(shown)).toEqual([]);
  });
});

const folders = new Set(local.flatMap(({ from }) => ancestors(from)));

test.each([...folders])('no two parts of src/%s import each other', (folder) => {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of local) {
    const [a, b] = [partOf(folder, from), partOf(folder, to)];
    if (a === null || b === null || a === b) continue;
    edges.set(a, (edges.get(a) ?? new Set()).add(b));
  }
  expect(circleIn(edges)).toEqual([]);
});

test.each(Object.entries(OWNERS))('only the owners of %s load it', (name, owners) => {
  const loads = imports.filter(({ to, isTypeOnly }) => to === name && !isTypeOnly);
  expect(loads.length).toBeGreaterThan(0);
  const strangers = loads.filter(({ from }) => !owners.includes(partOf('', from) ?? ''));
  expect(strangers.map(shown)).toEqual([]);
});

/** The file or folder directly in `folder` that `file` belongs to; null outside of it. */
function partOf(folder: string, file: string): string | null {
  if (folder === '') return file.split('/')[0] ?? null;
  return file.startsWith(`${folder}/`) ? (file.slice(folder.length + 1).split('/')[0] ?? null) : null;
}

function ancestors(file: string): string[] {
  const steps = file.split('/').slice(0, -1);
  return steps.map((_, depth) => steps.slice(0, depth).join('/')).concat(steps.join('/'));
}

/** Parts that import each other in a circle; empty if there are none. */
function circleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map([...edges].map(([part, targets]) => [part, new Set(targets)]));
  for (;;) {
    const free = [...new Set([...left.values()].flatMap((targets) => [...targets]))].filter(
      (part) => !left.has(part),
    );
    const done = [...left].filter(([, targets]) => targets.size === 0).map(([part]) => part);
    if (free.length + done.length === 0) return [...left.keys()];
    for (const part of done) left.delete(part);
    for (const targets of left.values()) for (const part of [...free, ...done]) targets.delete(part);
    if (left.size === 0) return [];
  }
}

function shown({ from, to }: Import): string {
  return `${from} imports ${to}`;
}
