import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';

import { tempWorkspace } from '../../unit/pipeline/temp-workspace.ts';
import { connectedPipeline } from './connected-pipeline.ts';

const MIXED = {
  'package.json': '{ "version": "1.0.0" }',
  'CHANGELOG.md': '## 0.9.0\n',
  'clean.js': 'export const a = 1;\n',
  'src/bad.ts': 'export let a: String;\ndebugger;\n',
  'src/broken.ts': 'const = ;\n',
  'src/typed.ts': 'export const a: number = 1;\n',
};
const CLEAN = 'export const a = 1;\n';

describe('the tools', () => {
  it('the tools are listed with input and output schemas and annotations', async () => {
    const { client } = await connectedPipeline();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'version_keeper_scan',
      'quality_patcher_fix',
      'pipeline_run_full',
      'pipeline_status',
    ]);
    for (const tool of tools) {
      expect(tool.inputSchema.properties).toHaveProperty('session_id');
      expect(tool.outputSchema?.properties).toHaveProperty('session_id');
      expect(tool.annotations?.openWorldHint).toBe(false);
    }
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name)).toEqual([
      'version_keeper_scan',
      'pipeline_status',
    ]);
    expect(client.getServerVersion()).toMatchObject({ name: 'mcp-exporter-pipeline', version: '1.2.3' });
    expect(client.getServerCapabilities()).toMatchObject({
      tools: {},
      resources: { subscribe: true, listChanged: true },
      logging: {},
    });
  });

  it('the tools refuse a workspace that is not a folder', async () => {
    const { root } = tempWorkspace({ 'a.js': '' });
    const { createPipeline } = await import('../../../src/pipeline/pipeline-server.ts');
    const { createLogger } = await import('../../../src/logging/logger.ts');
    const { SessionRegistry } = await import('../../../src/monitor/session-registry.ts');
    const options = { sessions: new SessionRegistry(), logger: createLogger('silent'), version: '1' };
    await expect(createPipeline({ ...options, workspaceDir: join(root, 'a.js') })).rejects.toMatchObject({
      code: 'workspace_unavailable',
    });
  });
});

describe('version_keeper_scan', () => {
  it('version_keeper_scan counts files, issues and fixable issues, and checks the versions', async () => {
    const { call, facts, ended } = await connectedPipeline(MIXED);
    const { data, text } = await call('version_keeper_scan', { session_id: 's1' });
    expect(data).toMatchObject({
      session_id: 's1',
      comprehensive: true,
      files_scanned: 4,
      files_with_issues: 2,
      files_skipped: 0,
      issues_found: 3,
      errors: 2,
      warnings: 1,
      fixable: 1,
      quality_score: 70.83,
      versions_ok: false,
      truncated: false,
    });
    expect(data['issues']).toMatchObject([
      {
        path: 'src/bad.ts',
        line: 1,
        rule: 'typescript/no-wrapper-object-types',
        severity: 'warning',
        fixable: true,
      },
      { path: 'src/bad.ts', line: 2, rule: 'no-debugger', severity: 'error', fixable: false },
      { path: 'src/broken.ts', rule: null, severity: 'error' },
    ]);
    expect(data['version_checks']).toMatchObject([
      { name: 'package_version', status: 'passed' },
      { name: 'lock_file', status: 'skipped' },
      { name: 'changelog', status: 'failed' },
      { name: 'tags', status: 'skipped' },
    ]);
    expect(JSON.parse(text)).toEqual(data);
    expect(facts()).toEqual([
      { type: 'files_scanned', files: 4 },
      { type: 'issues_found', errors: 2, warnings: 1 },
    ]);
    expect(ended()).toEqual([
      'completed lint < version_keeper_scan',
      'completed check_versions < version_keeper_scan',
      'completed version_keeper_scan < -',
    ]);
  });

  it('version_keeper_scan can return the same as readable text', async () => {
    const { call } = await connectedPipeline(MIXED);
    const { text, data } = await call('version_keeper_scan', { output_format: 'text' });
    expect(text).toContain('4 files scanned, 3 issues: 2 errors, 1 warning, 1 fixable');
    expect(text).toContain('src/bad.ts:2:1 error `debugger` statement is not allowed (no-debugger)');
    expect(data['files_scanned']).toBe(4);
  });

  it('version_keeper_scan lists at most 200 issues and says that there are more', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`f${i}.js`, 'debugger;\n'.repeat(1000)]),
    );
    const { call, limits } = await connectedPipeline(files);
    const { data } = await call('version_keeper_scan');
    expect(data).toMatchObject({ issues_found: 20_000, truncated: true });
    expect(data['issues']).toHaveLength(200);
    expect(limits()).toEqual(['listed_issues']);
  });

  it('version_keeper_scan gives no score if there is nothing to scan, and says why', async () => {
    const { call } = await connectedPipeline();
    const { data, text } = await call('version_keeper_scan', { output_format: 'text' });
    const reason =
      'there are no JavaScript or TypeScript files to lint: the workspace has none, or git ignores them';
    expect(data).toMatchObject({
      files_scanned: 0,
      quality_score: null,
      versions_ok: null,
      notices: [reason],
    });
    expect(text).toContain(`quality score: none, because no file was scanned\nnote: ${reason}`);
  });

  it('version_keeper_scan gives no score if no file can be read, or no file has changed', async () => {
    const { call, workspace } = await connectedPipeline();
    workspace.write('latin1.js', Uint8Array.of(0x2f, 0x2f, 0xe9));
    expect((await call('version_keeper_scan')).data).toMatchObject({
      quality_score: null,
      files_skipped: 1,
      notices: ['none of the 1 files could be linted'],
    });
    workspace.commit();
    expect((await call('version_keeper_scan', { comprehensive: false })).data).toMatchObject({
      quality_score: null,
      notices: ['no JavaScript or TypeScript file has changed since the last commit'],
    });
  });

  it('version_keeper_scan of a workspace that is gone says so', async () => {
    const { call, workspace } = await connectedPipeline({ 'a.js': CLEAN });
    rmSync(workspace.root, { recursive: true });
    const { isError, text } = await call('version_keeper_scan');
    expect(isError).toBe(true);
    expect(text).toMatch(/^workspace_unavailable: cannot open the workspace/);
  });

  it('version_keeper_scan skips unusable files and says how many', async () => {
    const { call, workspace } = await connectedPipeline({
      'a.js': CLEAN,
      'large.js': ' '.repeat(1024 * 1024 + 1),
    });
    workspace.write('latin1.js', Uint8Array.of(0x2f, 0x2f, 0xe9));
    workspace.write('lib/app.min.js', CLEAN);
    expect((await call('version_keeper_scan')).data).toMatchObject({ files_scanned: 1, files_skipped: 3 });
  });

  it('version_keeper_scan lints only files changed since the last commit unless it is comprehensive', async () => {
    const { call, workspace } = await connectedPipeline({ 'old.js': 'debugger;\n', 'edited.js': '' });
    workspace.commit();
    workspace.write('edited.js', 'debugger;\n');
    workspace.write('new.js', CLEAN);
    const { data } = await call('version_keeper_scan', { comprehensive: false });
    expect(data).toMatchObject({
      comprehensive: false,
      files_scanned: 2,
      issues_found: 1,
      quality_score: 75,
    });
    const narrowed = await call('version_keeper_scan', {
      comprehensive: false,
      target_files: ['new.js', 'old.js'],
    });
    expect(narrowed.data).toMatchObject({ files_scanned: 1, issues_found: 0 });
  });

  it('version_keeper_scan says what to do if git cannot tell what changed', async () => {
    const { call, ended } = await connectedPipeline({ 'a.js': '' });
    const { isError, text } = await call('version_keeper_scan', { comprehensive: false });
    expect(isError).toBe(true);
    expect(text).toMatch(/^not_a_git_repository: .*comprehensive: true/);
    expect(ended()).toEqual(['failed version_keeper_scan < -']);
  });

  it.each([
    [
      { target_files: ['../x.js'] },
      'outside_workspace: "../x.js": expected a path relative to the workspace',
    ],
    [{ target_files: ['/etc/passwd'] }, 'outside_workspace: '],
    [
      { target_files: ['escape/secret.js'] },
      'outside_workspace: "escape/secret.js": a symlink leads outside',
    ],
    [{ target_files: ['none.js'] }, 'target_not_found: "none.js"'],
    [{ target_files: [] }, 'target_files'],
    [{ session_id: 'not valid' }, 'expected 1 to 128 letters'],
    [{ output_format: 'xml' }, 'output_format'],
    [{ comprehensive: 'yes' }, 'comprehensive'],
    [{ target_file: 'a.js' }, 'target_file'],
  ])('refuses %j and says why', async (args, reason) => {
    const { call, workspace } = await connectedPipeline({ 'a.js': CLEAN });
    symlinkSync(tempWorkspace({ 'secret.js': '' }).root, join(workspace.root, 'escape'));
    const { isError, text } = await call('version_keeper_scan', args);
    expect(isError).toBe(true);
    expect(text).toContain(reason);
  });

  it("names the workspace's configuration where ESLint cannot use it", async () => {
    const files = { 'a.js': CLEAN, 'eslint.config.mjs': 'throw new Error("no luck");' };
    const { call } = await connectedPipeline(files, { isTrusted: true });
    const { isError, text } = await call('version_keeper_scan');
    expect(isError).toBe(true);
    expect(text).toMatch(/^linter_failed: .*eslint\.config\.mjs: no luck/);
  });
});

describe('progress', () => {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}.js`, CLEAN]));

  it('a client that requests progress gets it strictly growing, file by file, up to the total', async () => {
    const { call, events } = await connectedPipeline(files);
    const seen: Progress[] = [];
    await call('version_keeper_scan', {}, { onprogress: (progress) => seen.push(progress) });
    const values = seen.map(({ progress }) => progress);
    expect(values).toEqual([...new Set(values)].toSorted((a, b) => a - b));
    expect(values).toHaveLength(12);
    expect(seen.every(({ total }) => total === 100)).toBe(true);
    expect(seen[2]?.message).toBe('linted 3 of 10: f2.js');
    expect(seen.at(-1)?.message).toMatch(/^10 files: \d+ errors, \d+ warnings$/);
    expect(values.at(-1)).toBe(100);
    expect(movesOf(events, 'version_keeper_scan').map((move) => Math.round(move * 10) / 10)).toEqual(values);
  });

  it('progress updates the operation once a step, also if the client does not request it', async () => {
    const { call, events } = await connectedPipeline(files);
    await call('version_keeper_scan');
    expect(movesOf(events, 'version_keeper_scan')).toEqual([
      9.5, 19, 28.5, 38, 47.5, 57, 66.5, 76, 85.5, 95, 98, 100,
    ]);
    expect(movesOf(events, 'lint').map(Math.round)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('progress works without a monitored server', async () => {
    const { call, ended } = await connectedPipeline(files, { isMonitored: false });
    expect((await call('version_keeper_scan')).data).toMatchObject({ files_scanned: 10 });
    expect(ended()).toEqual(['completed lint < -', 'completed check_versions < -']);
  });
});

function movesOf(events: Awaited<ReturnType<typeof connectedPipeline>>['events'], name: string): number[] {
  return events
    .filter((event) => event.type === 'operation')
    .filter(({ kind, operationName }) => kind === 'progressed' && operationName === name)
    .map(({ progress }) => progress);
}

describe('a cancel', () => {
  it('a cancel stops the work at the next file, and the stages are cancelled and not failed', async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}.js`, CLEAN]));
    const { client, events, ended, facts } = await connectedPipeline(files);
    const controller = new AbortController();
    const call = client.callTool({ name: 'version_keeper_scan', arguments: { session_id: 's' } }, undefined, {
      signal: controller.signal,
      onprogress: ({ progress }) => {
        if (progress > 5) controller.abort('changed my mind');
      },
    });
    await expect(call).rejects.toThrow('changed my mind');
    await expect.poll(ended).toContain('cancelled lint < version_keeper_scan');
    expect(ended()).toContain('cancelled version_keeper_scan < -');
    expect(movesOf(events, 'lint').at(-1)).toBeLessThan(15);
    expect(facts()).toEqual([]);
    const status = await client.callTool({ name: 'pipeline_status', arguments: { session_id: 's' } });
    expect(status.structuredContent).toMatchObject({
      last_scan: null,
      monitoring: { summary: { cancelled_operations: 2, failed_operations: 0 } },
    });
  });
});
