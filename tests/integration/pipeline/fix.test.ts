import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { BREAKING_CONFIG, STALLING_CONFIG } from '../../unit/pipeline/temp-workspace.ts';
import { connectedPipeline } from './connected-pipeline.ts';

const FIXABLE = {
  'a.js': 'export const a = (x) => x === NaN;\nexport const b = (x) => x == NaN;\n',
  'b.ts': 'export const c = (x: number) => x === NaN;\nexport const d = (x: number) => x == NaN;\n',
};
const occurrences = (text: string, word: string) => text.split(word).length - 1;

describe('quality_patcher_fix', () => {
  it('quality_patcher_fix without auto_apply changes nothing on disk and returns a diff that git can apply', async () => {
    const { call, workspace, facts, ended } = await connectedPipeline(FIXABLE);
    const { data } = await call('quality_patcher_fix', { session_id: 'new-one' });
    expect(data).toMatchObject({
      session_id: 'new-one',
      dry_run: true,
      fixes_applied: 0,
      fixes_proposed: 4,
      fixes_failed: 0,
      files_changed: ['a.js', 'b.ts'],
      failures: [],
      diff_truncated: false,
    });
    for (const [path, text] of Object.entries(FIXABLE)) expect(workspace.read(path)).toBe(text);
    expect(facts()).toEqual([]);
    expect(ended()).toEqual([
      'completed apply_fixes < quality_patcher_fix',
      'completed quality_patcher_fix < -',
    ]);

    workspace.write('the.patch', String(data['diff']));
    workspace.git('apply', 'the.patch');
    expect(workspace.read('b.ts')).toBe(
      'export const c = (x: number) => isNaN(x);\nexport const d = (x: number) => isNaN(x);\n',
    );
  });

  it('quality_patcher_fix with auto_apply writes at most max_fixes fixes', async () => {
    const { call, workspace, facts } = await connectedPipeline(FIXABLE);
    const { data } = await call('quality_patcher_fix', { session_id: 's', max_fixes: 3, auto_apply: true });
    expect(data).toMatchObject({ dry_run: false, fixes_applied: 3, fixes_proposed: 0, fixes_failed: 0 });
    expect(occurrences(workspace.read('a.js') + workspace.read('b.ts'), '= NaN')).toBe(1);
    expect(facts()).toEqual([
      { type: 'fixes_tried', applied: 2, failed: 0 },
      { type: 'fixes_tried', applied: 1, failed: 0 },
    ]);
  });

  it('quality_patcher_fix cuts a diff that is too long and says so', async () => {
    const { call, limits } = await connectedPipeline({
      'a.js': `export const a = (x) => x === NaN; // ${'x'.repeat(500_000)}\n`,
    });
    const { data } = await call('quality_patcher_fix', { session_id: 's' });
    expect(data).toMatchObject({ fixes_proposed: 1, diff_truncated: true });
    expect(data['diff']).toHaveLength(200_000);
    expect(limits()).toEqual(['diff_size']);
  });

  it('quality_patcher_fix proposes as many fixes as a scan promises, also where fixes overlap', async () => {
    const { call } = await connectedPipeline({
      'a.js': 'export const a = (x) => (x === NaN) === NaN && !x in (NaN == x);\n',
      'b.js': 'export const b = (x) => [typeof x === undefined, x !== NaN, NaN === NaN];\n',
      'c.ts': 'export const c = (x: Array<String>, y: Number) => x!!.length === NaN || y > -0;\n',
    });
    const { data: scan } = await call('version_keeper_scan');
    const { data: fix } = await call('quality_patcher_fix', { session_id: 's', max_fixes: 50 });
    expect(scan['fixable']).toBeGreaterThan(8);
    expect(fix).toMatchObject({ fixes_proposed: scan['fixable'], fixes_left: 0, fixes_failed: 0 });
    const { data: run } = await call('pipeline_run_full', { max_fixes_per_cycle: 20 });
    expect(run['fixes_proposed']).toBe(scan['fixable']);
  });

  it('quality_patcher_fix says how many fixes its limit leaves', async () => {
    const { call } = await connectedPipeline(FIXABLE);
    const { data, text } = await call('quality_patcher_fix', { session_id: 's', max_fixes: 1 });
    expect(data).toMatchObject({ fixes_proposed: 1, fixes_left: 3 });
    expect(text).toContain('3 more can be fixed: repeat the call, or raise max_fixes');
  });

  it('quality_patcher_fix shows its diff as text, line by line', async () => {
    const { call } = await connectedPipeline(FIXABLE);
    const { text, data } = await call('quality_patcher_fix', { session_id: 's' });
    expect(text.split('\n')[0]).toBe('dry run, nothing was written: would fix 4 issues in 2 files');
    expect(text).toContain(String(data['diff']).trimEnd());
    const applied = await call('quality_patcher_fix', { session_id: 's', auto_apply: true });
    expect(applied.text.split('\n')[0]).toBe('fixed 4 issues in 2 files');
    const json = await call('quality_patcher_fix', { session_id: 's', output_format: 'json' });
    expect(JSON.parse(json.text)).toEqual(json.data);
  });

  it('quality_patcher_fix changes only the requested files', async () => {
    const { call, workspace } = await connectedPipeline(FIXABLE);
    await call('quality_patcher_fix', { session_id: 's', auto_apply: true, target_files: ['b.ts'] });
    expect(workspace.read('a.js')).toBe(FIXABLE['a.js']);
    expect(workspace.read('b.ts')).not.toContain('= NaN');
  });

  it('quality_patcher_fix rolls back fixes that break a file, counts them as failed, and keeps the others', async () => {
    const files = {
      'eslint.config.mjs': BREAKING_CONFIG,
      'a.js': 'use(outdated);\nuse(broken);\nuse(outdated);\n',
    };
    const { call, workspace, facts } = await connectedPipeline(files, { isTrusted: true });
    const { data } = await call('quality_patcher_fix', {
      session_id: 's',
      auto_apply: true,
      target_files: ['a.js'],
    });
    expect(data).toMatchObject({ fixes_applied: 2, fixes_failed: 1 });
    expect(data['failures']).toEqual([
      { path: 'a.js', fixes: 1, reason: 'the file could not be parsed with them' },
    ]);
    expect(workspace.read('a.js')).toBe('use(fresh);\nuse(broken);\nuse(fresh);\n');
    expect(facts()).toEqual([{ type: 'fixes_tried', applied: 2, failed: 1 }]);
  });

  it('quality_patcher_fix does not overwrite a file that changed meanwhile', async () => {
    const { workspace, call } = await connectedPipeline(
      {
        'a.js': 'use(outdated);\n',
        'b.js': 'use(outdated);\n',
        // The rule is the other writer: it edits the file just after it was read.
        'eslint.config.mjs': `import { writeFileSync } from 'node:fs';
        ${BREAKING_CONFIG.replace('create: (context) => ({', 'create: (context) => (other(context.filename), {')}
        const other = (file) => file.endsWith('a.js') && writeFileSync(file, 'theirs();\\n');`,
      },
      { isTrusted: true },
    );
    const { data } = await call('quality_patcher_fix', {
      session_id: 's',
      auto_apply: true,
      target_files: ['a.js', 'b.js'],
    });
    expect(workspace.read('a.js')).toBe('theirs();\n');
    expect(workspace.read('b.js')).toBe('use(fresh);\n');
    expect(data).toMatchObject({ fixes_applied: 1, fixes_failed: 1, files_changed: ['b.js'] });
    expect(data['failures']).toMatchObject([
      { path: 'a.js', reason: expect.stringContaining('changed by someone else') },
    ]);
  });

  it('concurrent calls fix the same file one after the other', async () => {
    const text = Array.from({ length: 6 }, (_, i) => `export const f${i} = (x) => x === NaN;\n`).join('');
    const { call, workspace } = await connectedPipeline({ 'a.js': text });
    const args = { max_fixes: 2, auto_apply: true };
    const fixes = await Promise.all(
      ['a', 'b', 'c'].map((id) => call('quality_patcher_fix', { session_id: id, ...args })),
    );
    for (const { data } of fixes) expect(data).toMatchObject({ fixes_applied: 2, fixes_failed: 0 });
    expect(workspace.read('a.js')).not.toContain('= NaN');
  });

  it('a process killed in the middle of a write leaves no temporary file', async () => {
    const files = { 'lib/a.js': 'use(outdated);\n', 'eslint.config.mjs': STALLING_CONFIG };
    const limits = { durationMs: 8000 };
    const { call, workspace } = await connectedPipeline(files, { isTrusted: true, limits });
    const all = () => readdirSync(workspace.root, { recursive: true }).map(String);
    const before = all();
    const fix = call('quality_patcher_fix', { session_id: 's', auto_apply: true, target_files: ['lib'] });
    await expect.poll(() => all().some((path) => path.includes('.mcp-exporter'))).toBe(true);
    expect(readdirSync(`${workspace.root}/lib`)).toEqual(['a.js']);
    expect((await fix).text).toMatch(/^worker_limit/);
    expect(all()).toEqual(before);
    expect(workspace.read('lib/a.js')).toBe('use(outdated);\n');
  });

  it.each([
    [{}, 'session_id'],
    [{ session_id: 's', max_fixes: 0 }, 'max_fixes'],
    [{ session_id: 's', max_fixes: 51 }, 'max_fixes'],
    [{ session_id: 's', max_fixes: 1.5 }, 'max_fixes'],
    [{ session_id: 's', target_files: ['../a.js'] }, 'outside_workspace'],
  ])('quality_patcher_fix refuses %j and says why', async (args, reason) => {
    const { call, workspace } = await connectedPipeline(FIXABLE);
    const { isError, text } = await call('quality_patcher_fix', { auto_apply: true, ...args });
    expect(isError).toBe(true);
    expect(text).toContain(reason);
    expect(workspace.read('a.js')).toBe(FIXABLE['a.js']);
  });
});

describe('pipeline_run_full', () => {
  it('pipeline_run_full runs scan, fix and validate as stages of each cycle until no issue is left', async () => {
    const { call, workspace, ended, events, facts } = await connectedPipeline(FIXABLE);
    const seen: number[] = [];
    const args = { session_id: 's', max_cycles: 5, max_fixes_per_cycle: 3, auto_apply: true };
    const { data } = await call('pipeline_run_full', args, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(data).toMatchObject({
      dry_run: false,
      stop_reason: 'no_issues',
      fixes_applied: 4,
      fixes_proposed: 0,
      fixes_failed: 0,
      issues_remaining: 0,
      quality_score: 100,
    });
    expect(data['cycles']).toMatchObject([
      {
        cycle: 1,
        files_scanned: 2,
        issues_found: 4,
        quality_score: 33.33,
        fixes_applied: 3,
        issues_remaining: 1,
        quality_score_after: 75,
      },
      {
        cycle: 2,
        files_scanned: 2,
        issues_found: 1,
        quality_score: 75,
        fixes_applied: 1,
        issues_remaining: 0,
        quality_score_after: 100,
      },
    ]);
    expect(workspace.read('a.js') + workspace.read('b.ts')).not.toContain('= NaN');
    const cycle = [
      'completed pipeline_scan < pipeline_cycle',
      'completed pipeline_fix < pipeline_cycle',
      'completed pipeline_validate < pipeline_cycle',
      'completed pipeline_cycle < pipeline_run_full',
    ];
    expect(ended()).toEqual([
      ...cycle,
      ...cycle,
      'completed check_versions < pipeline_run_full',
      'completed pipeline_run_full < -',
    ]);
    expect(facts().filter(({ type }) => type === 'files_scanned')).toHaveLength(2);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(100);
    const started = events
      .filter((event) => event.type === 'operation')
      .filter(({ kind }) => kind === 'started');
    expect(
      started.flatMap(({ operationName, details }) => (operationName === 'pipeline_cycle' ? [details] : [])),
    ).toEqual([{ cycle: 1 }, { cycle: 2 }]);
  });

  it('pipeline_run_full without auto_apply is a dry run whose later cycles build on earlier ones', async () => {
    const { call, workspace, facts } = await connectedPipeline(FIXABLE);
    const { data } = await call('pipeline_run_full', {
      session_id: 's',
      max_cycles: 5,
      max_fixes_per_cycle: 3,
    });
    expect(data).toMatchObject({
      dry_run: true,
      stop_reason: 'no_issues',
      fixes_applied: 0,
      fixes_proposed: 4,
      quality_score: 100,
    });
    for (const [path, text] of Object.entries(FIXABLE)) expect(workspace.read(path)).toBe(text);
    expect(facts().filter(({ type }) => type === 'fixes_tried')).toEqual([]);
    expect(occurrences(String(data['diff']), '\n+export ')).toBe(4);

    // The session tells what is on disk, not what was proposed.
    expect((await call('pipeline_status', { session_id: 's' })).data).toMatchObject({
      scans: 1,
      cycles: 2,
      fixes_applied: 0,
      last_scan: { issues_found: 4, quality_score: 33.33 },
    });
    workspace.write('the.patch', String(data['diff']));
    workspace.git('apply', 'the.patch');
    expect(workspace.read('a.js') + workspace.read('b.ts')).not.toContain('= NaN');
  });

  it('pipeline_run_full reports what remains: issues, skipped files and wrong versions', async () => {
    const { call, workspace } = await connectedPipeline({
      'a.js': 'export const a = (x) => x === NaN;\nlet b = missing;\n',
      'package.json': '{ "version": "1.2.0" }',
      'CHANGELOG.md': '## 1.1.0\n',
    });
    workspace.write('latin1.js', Uint8Array.of(0x2f, 0x2f, 0xe9));
    const { data, text } = await call('pipeline_run_full', { auto_apply: true });
    expect(data).toMatchObject({
      stop_reason: 'nothing_fixable',
      fixes_applied: 1,
      issues_remaining: 1,
      quality_score: 50,
      issues: [
        { path: 'a.js', line: 2, rule: 'no-undef', message: "'missing' is not defined.", fixable: false },
      ],
      truncated: false,
      versions_ok: false,
      files_skipped: 1,
      skipped: [{ path: 'latin1.js', reason: 'not UTF-8' }],
      notices: ['failed version checks are not fixed automatically: correct them by hand (changelog)'],
    });
    expect(data['version_checks']).toMatchObject([
      { name: 'package_version', status: 'passed' },
      { name: 'lock_file', status: 'skipped' },
      { name: 'changelog', status: 'failed' },
      { name: 'tags', status: 'skipped' },
    ]);
    expect(text.split('\n').slice(0, 3)).toEqual([
      'made 1 fix in 2 cycles (stopped: nothing_fixable)',
      'issues: 2 before, 1 after',
      'quality score: 33.33 before, 50 after',
    ]);
    for (const line of [
      'note: failed version checks are not fixed automatically: correct them by hand (changelog)',
      'changelog: failed (CHANGELOG.md: no heading for 1.2.0, such as "## 1.2.0")',
      'latin1.js: skipped, not UTF-8',
      "a.js:2:9 error 'missing' is not defined. (no-undef)",
      '+export const a = (x) => isNaN(x);',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('pipeline_run_full never says of a dry run that something was fixed', async () => {
    const { call, events } = await connectedPipeline(FIXABLE);
    const { text } = await call('pipeline_run_full', {}, { onprogress: () => undefined });
    const shown = events.filter((event) => event.type === 'operation').map(({ details }) => details ?? {});
    const messages = shown.flatMap(({ message }) => (typeof message === 'string' ? [message] : []));
    expect(messages).toContain('would fix 4: 4 issues before, 0 after');
    expect(messages.filter((message) => /\bfixed\b|\bfixes\b/.test(message))).toEqual([]);
    expect(shown.flatMap((details) => Object.keys(details))).not.toContain('fixed');
    expect(text.split('\n')[0]).toBe(
      'dry run, nothing was written: would make 4 fixes in 1 cycle (stopped: no_issues)',
    );
  });

  it('pipeline_run_full of a workspace without sources has no score', async () => {
    const { call } = await connectedPipeline({ 'README.md': '' });
    const { data, text } = await call('pipeline_run_full', { target_quality_score: 100 });
    expect(data).toMatchObject({
      stop_reason: 'nothing_scanned',
      quality_score: null,
      versions_ok: null,
      notices: [expect.stringContaining('there are no JavaScript or TypeScript files to lint')],
    });
    expect(text.split('\n')).toContain('quality score: none, because no file was scanned');
  });

  it('pipeline_run_full stops at the requested quality score', async () => {
    const { call } = await connectedPipeline(FIXABLE);
    const { data } = await call('pipeline_run_full', { max_fixes_per_cycle: 2, target_quality_score: 60 });
    expect(data).toMatchObject({ stop_reason: 'target_reached', quality_score: 66.66, fixes_proposed: 2 });
  });

  it('pipeline_run_full stops when nothing can be fixed, and tries a broken fix only once', async () => {
    const files = { 'eslint.config.mjs': BREAKING_CONFIG, 'a.js': 'use(broken);\nuse(outdated);\n' };
    const { call, facts } = await connectedPipeline(files, { isTrusted: true });
    const { data } = await call('pipeline_run_full', {
      max_fixes_per_cycle: 1,
      max_cycles: 9,
      auto_apply: true,
    });
    expect(data).toMatchObject({ stop_reason: 'nothing_fixable', fixes_applied: 1, fixes_failed: 1 });
    expect(data['cycles']).toHaveLength(3);
    expect(facts().filter(({ type }) => type === 'fixes_tried')).toEqual([
      { type: 'fixes_tried', applied: 0, failed: 1 },
      { type: 'fixes_tried', applied: 1, failed: 0 },
    ]);
    expect(data['issues_remaining']).toBe(1);
  });

  it('pipeline_run_full runs max_cycles, and all of them if it must not stop without issues', async () => {
    const { call } = await connectedPipeline(FIXABLE);
    const one = await call('pipeline_run_full', { max_cycles: 1, max_fixes_per_cycle: 1 });
    expect(one.data).toMatchObject({ stop_reason: 'max_cycles', issues_remaining: 3 });
    const all = await call('pipeline_run_full', { max_cycles: 3, break_on_no_issues: false });
    expect(all.data).toMatchObject({ stop_reason: 'max_cycles', issues_remaining: 0 });
    expect(all.data['cycles']).toHaveLength(3);
  });

  it('a cancelled pipeline_run_full keeps what it wrote and leaves the rest', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`f${i}.js`, 'export const a = (x) => x === NaN;\n']),
    );
    const { client, workspace, ended } = await connectedPipeline(files);
    const controller = new AbortController();
    const args = { max_cycles: 1, max_fixes_per_cycle: 20, auto_apply: true };
    const call = client.callTool({ name: 'pipeline_run_full', arguments: args }, undefined, {
      signal: controller.signal,
      onprogress: ({ message }) => {
        if (message?.includes('fixed')) controller.abort();
      },
    });
    await expect(call).rejects.toThrow();
    await expect.poll(ended).toContain('cancelled pipeline_cycle < pipeline_run_full');
    expect(ended()).toContain('cancelled pipeline_fix < pipeline_cycle');
    const fixed = Object.keys(files).filter((path) => workspace.read(path).includes('isNaN'));
    expect(fixed.length).toBeGreaterThanOrEqual(1);
    expect(fixed.length).toBeLessThan(10);
  });

  it.each([
    { max_cycles: 0 },
    { max_cycles: 11 },
    { max_fixes_per_cycle: 21 },
    { target_quality_score: 101 },
  ])('pipeline_run_full refuses %j', async (args) => {
    const { call } = await connectedPipeline();
    const { isError, text } = await call('pipeline_run_full', args);
    expect(isError).toBe(true);
    expect(text).toContain(Object.keys(args)[0]);
  });
});
