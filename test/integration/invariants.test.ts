import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { connectionKey } from '../../domain/connections/connection.item.ts';
import { credentialsKey } from '../../domain/connections/credentials.ts';
import { membershipKey } from '../../domain/members/member.item.ts';
import { organizationKey } from '../../domain/organizations/organization.item.ts';
import type { Item, Key } from '../../domain/table/client.ts';
import { addressKey } from '../../domain/users/address.item.ts';
import { userKey } from '../../domain/users/user.item.ts';
import { workspaceKey } from '../../domain/workspaces/workspace.item.ts';
import { type Agency, anAgency } from '../support/agency.ts';
import { aConnection, aCopy, type TestConnection } from '../support/builders.ts';
import { anEngine } from '../support/engine.ts';
import { brokenInvariants } from '../support/invariants.ts';

/* The check that the other tests rest on must itself be able to fail: each damage is seen for what it is. */

const engine = await anEngine();
const { name: TableName, documents } = engine.table;

type Scene = Agency & { original: TestConnection; copy: TestConnection };

async function aScene(): Promise<Scene> {
  const agency = await anAgency(engine);
  const original = await aConnection(agency.owner, agency.home.workspaceId);
  return { ...agency, original, copy: await aCopy(agency.owner, original, agency.elsewhere.workspaceId) };
}

const add = (Key: Key, attribute: string, by = 1) =>
  documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'ADD #a :by',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':by': by },
    }),
  );
const set = (Key: Key, attribute: string, value: unknown) =>
  documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET #a = :value',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
const put = (Item: Item) => documents.send(new PutCommand({ TableName, Item }));
const remove = (Key: Key) => documents.send(new DeleteCommand({ TableName, Key }));

const homeOf = ({ orgId, home }: Scene) => workspaceKey(orgId, home.workspaceId);
const userOf = ({ orgId, editor }: Scene) => userKey(orgId, editor.actor.userId);

test.each<[string, (scene: Scene) => Promise<unknown>, RegExp[]]>([
  [
    'a workspace too many counted',
    (s) => add(organizationKey(s.orgId), 'workspaceCount'),
    [/workspaceCount is 3/],
  ],
  [
    'a member too many counted',
    (s) => add(homeOf(s), 'memberCount'),
    [/memberCount of wsp_\w+ is 5, there are 4/],
  ],
  ['an admin too few counted', (s) => add(homeOf(s), 'adminCount', -1), [/adminCount of wsp_\w+ is 1/]],
  ['a connection too many counted', (s) => add(homeOf(s), 'connectionCount'), [/connectionCount/]],
  ['a copy too few counted elsewhere', (s) => add(homeOf(s), 'copiesElsewhere', -1), [/copiesElsewhere/]],
  ['a membership too many of a person', (s) => add(userOf(s), 'workspaceCount'), [/workspaceCount of usr_/]],
  ['an admin role too many of a person', (s) => add(userOf(s), 'adminCount'), [/adminCount of usr_/]],
  [
    'a child too few',
    (s) => add(connectionKey(s.orgId, s.original), 'childCount', -1),
    [/childCount of con_/],
  ],
  [
    'a lineage too long',
    (s) => add(connectionKey(s.orgId, s.original), 'lineageCount'),
    [/lineageCount of con_/],
  ],
  [
    'an owner whom the organization does not list',
    (s) => set(userOf(s), 'organizationRole', 'owner'),
    [/ownerIds are/],
  ],
  [
    'a parent that is gone',
    (s) => remove(connectionKey(s.orgId, s.original)),
    [
      /the parent of con_\w+ is gone/,
      /the origin of con_\w+ is gone/,
      /its credentials are not/,
      /page 0 of its accounts/,
    ],
  ],
  [
    'credentials that are gone',
    (s) => remove(credentialsKey({ orgId: s.orgId, ...s.original })),
    [/has no credentials/],
  ],
  ['a member who is nobody', (s) => remove(userOf(s)), [/the member usr_\w+ is nobody/]],
  [
    'a workspace without an admin',
    async (s) => {
      for (const { actor } of [s.owner, s.admin])
        await set(membershipKey(s.orgId, s.home.workspaceId, actor.userId), 'role', 'viewer');
    },
    [/wsp_\w+ has no admin/],
  ],
  [
    'an item that is lost on the index',
    (s) => set(connectionKey(s.orgId, s.copy), 'gsi1sk', 'x'),
    [/is lost on the index/],
  ],
  [
    'an address that leads to another',
    (s) => set(addressKey(s.orgId, 'editor@example.com'), 'userId', s.viewer.actor.userId),
    [/the address editor@example.com does not lead/],
  ],
  ['an effect without its event', (s) => remove(lastEvent(s)), [/events tell of 0 con_\w+, there are 1/]],
  [
    'an event without its effect',
    async (s) => put({ ...(await itemAt(lastEvent(s))), sk: 'evt_twice' }),
    [/events tell of 2/],
  ],
  ['an item of no known kind', (s) => put({ pk: `ORG#${s.orgId}`, sk: 'WORKSPACES' }), [/nobody knows what/]],
])('%s is seen', async (_, damage, sentences) => {
  const scene = await aScene();
  expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);

  await damage(scene);

  const broken = await brokenInvariants(engine.table, scene.orgId);
  for (const sentence of sentences) expect(broken).toContainEqual(expect.stringMatching(sentence));
});

/** The event of the copy, the last that the scene made. */
function lastEvent({ orgId, owner }: Scene): Key {
  const last = String(Number(owner.newId('evt').slice(-20)) - 1).padStart(20, '0');
  return { pk: `ORG#${orgId}#EVENTS`, sk: `evt_01test${last}` };
}

async function itemAt({ pk, sk }: Key): Promise<Item> {
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk, sk } }));
  return Item as Item;
}
