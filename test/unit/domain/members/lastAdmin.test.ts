import { expect, test } from 'vitest';
import { lastAdmin } from '../../../../domain/members/memberChanges.ts';

test('a refusal names the first 100 workspaces that would lose their last admin, and how many there are', () => {
  const workspaces = Array.from({ length: 150 }, (_, n) => ({ workspaceId: `wsp_${n}`, name: `No. ${n}` }));

  const { extra } = lastAdmin(workspaces);

  expect(extra).toEqual({ workspaces: workspaces.slice(0, 100), workspaceCount: 150 });
});
