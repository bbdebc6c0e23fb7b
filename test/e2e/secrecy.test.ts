import { expect, test, vi } from 'vitest';
import { onStage, refused } from './stage.ts';
import { aConnection, anOrganization, aPerson, aWorkspace, original, pathOf, walk } from './world.ts';

/** What goes well is looked at in every file; here is what goes wrong. The last test reads the log of all of it. */
onStage('secrets', (stage) => {
  test('credentials in a request that is refused are neither answered nor logged', async () => {
    const { owner } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const path = `/v1/workspaces/${workspaceId}/connections`;
    const connection = await aConnection(stage, owner, workspaceId);
    const bodies = [
      original(stage, { credentials: stage.canary }),
      original(stage, { credentials: [stage.canary] }),
      original(stage, { credentials: { key: stage.canary.repeat(2_000) } }),
      `{"credentials":{"key":"${stage.canary}"`,
      `${stage.canary}`,
    ];

    for (const body of bodies) {
      const answer = await owner.post(path, body);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(stage.canary);
    }
    const plain = await owner.post(path, stage.canary, { 'content-type': 'text/plain' });
    refused(plain, 415, 'unsupported_media_type');
    refused(
      await owner.post(`${pathOf(connection)}/reconnect`, {
        credentials: { key: stage.canary },
        businessAccount: { id: 'another', name: 'Another' },
      }),
      409,
      'business_account_mismatch',
    );
  });

  test('tokens, addresses and searches in paths, queries and headers are not logged', async () => {
    const { owner } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const person = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
    const [secret, address] = [`${stage.canary}-in-url`, encodeURIComponent(person.email)];

    await owner.get(`/v1/users?search=${address}`);
    await owner.get(`/v1/users?email=${address}`);
    await owner.get(`/v1/nothing/${person.email}?token=${secret}`);
    await owner.get(`/v1/workspaces/${person.email}`);
    await owner.get('/v1/me', { cookie: secret, 'user-agent': secret, 'x-request-id': secret });
    await owner.post('/v1/invitations/accept', { token: secret });
    await stage.withToken(secret).get('/v1/me');
    await owner.get(`/v1/workspaces?cursor=${secret}`);

    expect((await owner.get('/v1/me')).status).toBe(200);
  });

  test('nobody sees credentials: no list, detail, event or lineage shows them', async () => {
    const { owner, organizationId } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const connection = await aConnection(stage, owner, workspaceId);

    const texts = await Promise.all(
      [
        `/v1/workspaces/${workspaceId}/connections`,
        pathOf(connection),
        `${pathOf(connection)}/accounts`,
        `${pathOf(connection)}/lineage`,
        '/v1/accounts',
        '/v1/events',
      ].map(async (path) => (await owner.get(path)).text),
    );

    expect(texts.join('')).not.toContain(stage.canary);
    expect(
      JSON.stringify(await walk(stage.support(), `/v1/admin/organizations/${organizationId}/events`)),
    ).not.toContain(stage.canary);
  });

  test('what left the system by the bus holds no credentials and no link', async () => {
    const { owner } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const { connectionId } = await aConnection(stage, owner, workspaceId);

    const published = await vi.waitUntil(
      async () => {
        const text = await stage.target.published();
        return text.includes(connectionId) && text;
      },
      { timeout: 20_000, interval: 500 },
    );

    expect(published).not.toContain(stage.canary);
    for (const secret of stage.secrets)
      if (/^org_\w+\.inv_/.test(secret)) expect(published).not.toContain(secret);
  });
});
