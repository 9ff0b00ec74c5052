import { expect, it } from 'vitest';

import { workerEnvironment } from '../../../../src/pipeline/host/worker-environment.ts';

it('passes on a few variables, and no others', () => {
  const env = {
    HOME: '/home/me',
    LANG: 'C',
    PATH: '/usr/bin',
    MONITORING_API_KEY: 'secret',
    NODE_OPTIONS: '--require ./x',
    GIT_DIR: '/x',
    LD_PRELOAD: 'x.so',
  };
  expect(workerEnvironment(env, '/project')).toEqual({ HOME: '/home/me', LANG: 'C', PATH: '/usr/bin' });
});

it('passes on where git finds the configuration of the user, and not its settings', () => {
  const passed = {
    XDG_CONFIG_HOME: '/c',
    GIT_CONFIG_GLOBAL: '/g',
    GIT_CONFIG_NOSYSTEM: '1',
    SUDO_UID: '1000',
  };
  const env = {
    ...passed,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: 'x',
  };
  expect(workerEnvironment(env, '/project')).toEqual({ ...passed, PATH: '' });
});

it('leaves folders of the workspace and relative ones out of the search path', () => {
  const path = ['', '.', 'bin', '/project', '/project/node_modules/.bin', '/projects/bin', '/usr/bin'].join(
    ':',
  );
  expect(workerEnvironment({ PATH: path }, '/project')).toEqual({ PATH: '/projects/bin:/usr/bin' });
  expect(workerEnvironment({}, '/project')).toEqual({ PATH: '' });
});
