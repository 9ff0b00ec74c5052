import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { workersOf } from '../../support/worker-processes.ts';
import { hostileRepository } from '../../unit/pipeline/worker/git/hostile-repositories.ts';
import { connectedPipeline } from './connected-pipeline.ts';

const CLEAN = 'export const a = 1;\n';
/** A configuration that is a program, as all are. */
const configured = (program: string) => ({
  'a.js': CLEAN,
  'eslint.config.mjs': `${program}\nexport default [];\n`,
});
const MIB = 1024 * 1024;

describe('a configuration of a trusted workspace that', () => {
  it.each([
    ['ends the process', 'process.exit(0);', /^worker_crashed: .*exit code 0/],
    ['ends it later', 'setTimeout(() => process.exit(3)); await new Promise(() => {});', /exit code 3/],
    ['aborts it', 'process.abort();', /^worker_crashed: .*SIGABRT/],
    ['kills it', "process.kill(process.pid, 'SIGKILL');", /^worker_crashed: .*SIGKILL/],
    ['throws later', 'setTimeout(() => { throw new Error("late"); }); await new Promise(() => {});', /late/],
    ['throws', 'throw new Error("no luck");', /^linter_failed: .*no luck/],
  ])('%s fails that call with a clear error, and nothing else', async (_, program, error) => {
    const { call, workspace } = await connectedPipeline(configured(program), { isTrusted: true });
    const { isError, text } = await call('version_keeper_scan');
    expect(isError).toBe(true);
    expect(text).toMatch(error);
    workspace.write('eslint.config.mjs', 'export default [];');
    expect((await call('version_keeper_scan')).data).toMatchObject({ files_scanned: 2, linter: 'workspace' });
  });

  it.each([
    ['runs forever', 'for (;;);'],
    ['waits forever', 'setInterval(() => {}, 1000); await new Promise(() => {});'],
  ])('a worker that %s is stopped at the limit', async (_, program) => {
    const limits = { durationMs: 1500 };
    const pipeline = await connectedPipeline(configured(program), { isTrusted: true, limits });
    const { text } = await pipeline.call('version_keeper_scan');
    expect(text).toMatch(/^worker_limit: stopped after 1.5 s, the limit for one call/);
    expect(pipeline.limits()).toEqual(['pipeline_duration']);
  });

  it.each([
    ["V8's heap", 'const a = []; for (;;) a.push(new Array(1000).fill({}));'],
    ['buffers', 'const a = []; for (;;) a.push(Buffer.alloc(10e6, 1));'],
  ])('a worker that fills %s is stopped at the limit', async (_, program) => {
    const limits = { memoryMiB: 256 };
    const pipeline = await connectedPipeline(configured(program), { isTrusted: true, limits });
    const { text } = await pipeline.call('version_keeper_scan');
    expect(text).toMatch(/^worker_limit: needed more than 256 MiB of memory/);
    expect(pipeline.limits()).toEqual(['pipeline_memory']);
  });

  it('a worker whose limit is small starts and scans', async () => {
    const { call } = await connectedPipeline(configured(''), { isTrusted: true, limits: { memoryMiB: 256 } });
    expect((await call('version_keeper_scan')).data).toMatchObject({ linter: 'workspace' });
  });

  it('a worker that prints without end blocks nothing, and its output is discarded', async () => {
    const lines =
      'for (let i = 0; i < 2e4; i++) { console.log("x".repeat(1000)); console.error("y".repeat(1000)); }';
    const { call, limits } = await connectedPipeline(configured(lines), { isTrusted: true });
    expect((await call('version_keeper_scan')).data).toMatchObject({ files_scanned: 2 });
    expect(limits()).toEqual(['pipeline_output']);
  });

  it.each([
    ['is no message', "write('{}\\n')", /^worker_crashed: .*cannot be used/],
    ['is no JSON', "write('hello\\n')", /^worker_crashed: .*cannot be used/],
    ['never ends', "for (;;) write('x'.repeat(1e6))", /^worker_limit: the result is too large/],
    [
      'starts a stage twice',
      `for (const stage of [1, 1]) write(JSON.stringify({ type: 'stage_started', stage, parent: null, name: 'lint', details: {} }) + '\\n')`,
      /^worker_crashed: .*cannot be used/,
    ],
    [
      'forges a result',
      `write(JSON.stringify({ type: 'result', result: { files_scanned: '<b>' } }) + '\\n')`,
      /^worker_crashed: .*not valid/,
    ],
  ])('writes to the channel what %s fails that call', async (_, write, error) => {
    const program = `import { writeSync } from 'node:fs'; const write = (text) => { try { writeSync(3, text); } catch {} }; ${write}; await new Promise(() => {});`;
    const limits = { messageBytes: MIB, durationMs: 20_000 };
    const { call } = await connectedPipeline(configured(program), { isTrusted: true, limits });
    expect((await call('version_keeper_scan')).text).toMatch(error);
  });

  it('a worker that runs forever is stopped when the client cancels the call', async () => {
    const { client, ended, events } = await connectedPipeline(configured('for (;;);'), { isTrusted: true });
    const cancel = new AbortController();
    const call = client.callTool({ name: 'version_keeper_scan', arguments: {} }, undefined, {
      signal: cancel.signal,
    });
    const isLinting = () =>
      events.some((event) => event.type === 'operation' && event.operationName === 'lint');
    await Promise.all([
      expect(call).rejects.toThrow('enough'),
      expect
        .poll(isLinting)
        .toBe(true)
        .then(() => cancel.abort('enough')),
    ]);
    await expect
      .poll(ended)
      .toEqual(['cancelled version_keeper_scan < -', 'cancelled lint < version_keeper_scan']);
    await expect.poll(() => workersOf(process.pid)).toEqual([]);
  });

  it("sees nothing of the exporter's environment but what it needs", async () => {
    const marker = 'marker-0123456789abcdef';
    const secrets = [
      'MONITORING_API_KEY',
      'MONITORING_ALERT_WEBHOOK_URL',
      'AWS_SECRET_ACCESS_KEY',
      'NODE_OPTIONS_X',
    ];
    for (const name of secrets) process.env[name] = marker;
    try {
      const program = `import { writeFileSync } from 'node:fs'; writeFileSync('seen.txt', JSON.stringify([process.env, process.argv, process.execArgv]));`;
      const { call, workspace } = await connectedPipeline(configured(program), { isTrusted: true });
      await call('version_keeper_scan');
      expect(workspace.read('seen.txt')).toContain('PATH');
      expect(workspace.read('seen.txt')).not.toContain(marker);
    } finally {
      for (const name of secrets) delete process.env[name];
    }
  });
});

describe('a workspace that is not trusted', () => {
  it('an untrusted workspace runs nothing of its own, says so, and is linted with the built-in rules', async () => {
    const mark = `import { writeFileSync } from 'node:fs'; writeFileSync(new URL('mark', import.meta.url), '');`;
    const { call, workspace } = await connectedPipeline({
      ...configured(mark),
      'bad.js': 'debugger;\n',
      '.oxlintrc.json': '{ "jsPlugins": ["./plugin.mjs"], "rules": { "no-debugger": "off" } }',
      'oxlint.config.ts': `${mark}\nexport default {};`,
      'plugin.mjs': `${mark}\nexport default { meta: { name: 'x' }, rules: {} };`,
      '.eslintrc.cjs': "require('node:fs').writeFileSync(__dirname + '/mark', '');",
      '.npmrc': 'node-options=--require ./plugin.mjs',
      'tsconfig.json': '{ "extends": "./nowhere" }',
    });
    const { data, text } = await call('version_keeper_scan', { output_format: 'text' });
    expect(data['linter']).toBe('built_in');
    expect(data['issues']).toContainEqual(expect.objectContaining({ path: 'bad.js', rule: 'no-debugger' }));
    expect(data['notices']).toEqual([expect.stringContaining('--trust-workspace')]);
    expect(text).toContain("note: the workspace's eslint.config.mjs was not used");
    expect((await call('quality_patcher_fix', { session_id: 's' })).data).toMatchObject({
      linter: 'built_in',
    });
    expect((await call('pipeline_run_full')).data).toMatchObject({ linter: 'built_in' });
    expect(existsSync(join(workspace.root, 'mark'))).toBe(false);
  });
});

describe('a scan of the changed files', () => {
  it("runs neither a git of the workspace nor what the exporter's own variables say", async () => {
    const { root, hasRun, read } = hostileRepository('a clean filter');
    const program = join(root, 'program.sh');
    copyFileSync(program, join(root, 'git'));
    const variables = {
      PATH: `.:${root}:${process.env['PATH']}`,
      GIT_EXTERNAL_DIFF: program,
      GIT_SSH_COMMAND: program,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: program,
      GIT_EXEC_PATH: root,
      GIT_DIR: join(root, 'nowhere'),
      GIT_TRACE: join(root, 'trace'),
      NODE_OPTIONS: `--require ${join(root, 'a.js')}`,
    };
    const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, variables);
    try {
      const { call } = await connectedPipeline({}, { root });
      const { data } = await call('version_keeper_scan', { comprehensive: false });
      expect(data).toMatchObject({ files_scanned: 1 });
      expect(data['version_checks']).toContainEqual(
        expect.objectContaining({ name: 'tags', status: 'passed' }),
      );
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    expect(hasRun() && read('mark')).toBe(false);
    expect(existsSync(join(root, 'trace'))).toBe(false);
  });
});

describe('files past their limits', () => {
  it.each([
    ['package-lock.json', 'lock_file_size', 'lock_file', /larger than 32 MiB and is not read/],
    ['CHANGELOG.md', 'changelog_size', 'changelog', /larger than 4 MiB and is not read/],
    ['package.json', 'manifest_size', 'package_version', /larger than 1 MiB and is not read/],
  ] as const)('%s is not read, and its check says so', async (file, limit, check, message) => {
    const { call, workspace, limits } = await connectedPipeline({
      'a.js': CLEAN,
      'package.json': '{ "version": "1.0.0" }',
      [file]: '',
    });
    truncateSync(join(workspace.root, file), LIMITS[limit].max * 100);
    if (file !== 'package.json') workspace.write('package.json', '{ "version": "1.0.0" }');
    const scans = await Promise.all([1, 2, 3].map(() => call('version_keeper_scan')));
    for (const { data } of scans) {
      expect(data['version_checks']).toContainEqual({
        name: check,
        status: 'skipped',
        message: expect.stringMatching(message),
      });
    }
    expect(limits()).toEqual([limit, limit, limit]);
  });

  it('a source file over the size limit is skipped', async () => {
    const { call, workspace, limits } = await connectedPipeline({ 'a.js': CLEAN, 'large.js': '' });
    truncateSync(join(workspace.root, 'large.js'), LIMITS.source_size.max * 100);
    expect((await call('version_keeper_scan')).data).toMatchObject({ files_scanned: 1, files_skipped: 1 });
    expect(limits()).toEqual(['source_size']);
  });

  it('a source that crashes the linter is skipped, and the others are linted', async () => {
    const files = { 'a.js': CLEAN, 'b.js': '['.repeat(1_000_000), 'c.js': 'debugger;\n' };
    const { call } = await connectedPipeline(files);
    const { data } = await call('version_keeper_scan');
    expect(data).toMatchObject({ files_scanned: 2, files_skipped: 1, issues_found: 1 });
  });

  it('a long line that takes too long to lint is skipped, and the others are linted', async () => {
    const { call, limits } = await connectedPipeline({
      'a.js': CLEAN,
      'b.js': 'debugger;'.repeat(106_000),
      'c.js': 'debugger;\n',
    });
    const { data } = await call('version_keeper_scan');
    expect(data).toMatchObject({ files_scanned: 2, files_skipped: 1, issues_found: 1 });
    expect(limits()).toEqual(['lint_duration']);
  });
});

describe('too many calls', () => {
  it('too many calls wait in a bounded queue; further ones are refused and counted', async () => {
    const { call, limits } = await connectedPipeline({ 'a.js': CLEAN });
    const accepted = 2 + LIMITS.pipeline_queue.max;
    const calls = Array.from({ length: accepted + 100 }, () => call('version_keeper_scan'));
    const outcomes = await Promise.all(calls);
    const refused = outcomes.filter(({ isError }) => isError);
    expect(refused).toHaveLength(100);
    for (const { text } of refused)
      expect(text).toMatch(/^pipeline_busy: 2 calls run and 16 wait; try again later/);
    expect(limits()).toHaveLength(100);
    expect((await call('version_keeper_scan')).isError).toBe(false);
  });
});

describe('a pipeline that is closed', () => {
  it('a closed pipeline ends its workers and the processes they started', async () => {
    const { call, pipeline } = await connectedPipeline(configured('for (;;);'), { isTrusted: true });
    const running = call('version_keeper_scan');
    await expect.poll(() => workersOf(process.pid)).not.toEqual([]);
    pipeline.close();
    expect((await running).text).toMatch(/^worker_crashed: the pipeline server was closed/);
    await expect.poll(() => workersOf(process.pid)).toEqual([]);
  });
});
