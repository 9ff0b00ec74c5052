import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

import { FeedViewer } from '../../support/feed-viewer.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';
import { runExporter } from '../../support/running-exporter.ts';

test('the messages of a running exporter satisfy docs/asyncapi.json', async () => {
  const { exporter, urls } = await runExporter();
  const viewer = await FeedViewer.live(urls.feed);
  const session = exporter.sessions.open('nightly');
  const failure = session.run('import', (operation) => {
    operation.updateProgress(50, { message: 'reading' });
    return Promise.reject(new Error('disk full'));
  });
  await expect(failure).rejects.toThrow('disk full');
  await viewer.until(() => viewer.events.some(({ kind }) => kind === 'failed'));
  await viewer.next('session_update');
  viewer.send({ type: 'get_session_status', session_id: 'nightly' });
  viewer.send({ type: 'get_session_status', session_id: 'unknown' });
  viewer.send({ type: 'resume', boot_id: 'another', seq: 1 });
  await viewer.next('session_status');
  await viewer.next('error');

  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(JSON.parse(readRepositoryFile('docs/asyncapi.json')) as object, 'asyncapi');
  const types = new Set(viewer.messages.map(({ type }) => type));
  expect([...types]).toEqual(
    expect.arrayContaining([
      'hello',
      'session_list',
      'session_update',
      'session_status',
      'operations',
      'pong',
    ]),
  );
  for (const message of viewer.messages) {
    const isValid = ajv.compile({ $ref: `asyncapi#/components/messages/${message.type}/payload` });
    isValid(message);
    expect([message.type, isValid.errors]).toEqual([message.type, null]);
  }
});
