import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { startLocalStack } from '../../../infra/local/stack.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'workspaces-trimming-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it('keeps the engine as fast as it was: what the stream has handled is taken out of it', async () => {
  const stack = await startLocalStack({ port: 0, dataDir, empty: false });
  await fetch(`${stack.url}/local/events`);

  await stack.stop();

  const db = new DatabaseSync(join(dataDir, 'table.db'), { readOnly: true });
  const { written } = db
    .prepare('SELECT seq AS written FROM sqlite_sequence WHERE name = ?')
    .get('_stream_records') as { written: number };
  const { left } = db.prepare('SELECT COUNT(*) AS left FROM _stream_records').get() as { left: number };
  db.close();
  expect(written).toBeGreaterThan(10);
  expect(left).toBeLessThanOrEqual(1);
});
