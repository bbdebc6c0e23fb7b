import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { onTestFinished } from 'vitest';
import type { OrgId } from '../../domain/ids.ts';
import { organizationItem, parseOrganization } from '../../domain/organizations/organization.item.ts';
import type { Item, Table } from '../../domain/table/client.ts';
import { aContext, aWorld, type TestContext, type World } from './context.ts';
import type { TestEngine } from './engine.ts';
import { everything } from './state.ts';

type Template = { built: { orgId: OrgId }; items: Item[] };
/** Organizations that the present test has written. */
const leftBehind: OrgId[] = [];
const templates = new WeakMap<TestEngine, Map<string, Promise<Template>>>();

/**
 * What `build` makes through the domain functions, as an organization of its own: built once for each engine, then
 * written again under another organization's keys, which is ten times faster. Sealed credentials do not open in a copy.
 */
export async function freshCopy<T extends { orgId: OrgId }>(
  engine: TestEngine,
  name: string,
  build: (world: World) => Promise<T>,
): Promise<T> {
  const known = templates.get(engine) ?? new Map<string, Promise<Template>>();
  templates.set(engine, known);
  const template = known.get(name) ?? captured(engine, build);
  known.set(name, template);
  const { built, items } = await template;
  const [from, to] = [built.orgId, engine.newId('org')];
  await writeAll(engine.table, moved(items, from, to, aWorld(engine)).map(inItsShard));
  // Tests read whole tables: what a test has left is in the way of the next.
  leftBehind.push(to);
  onTestFinished(() => erase(engine.table, leftBehind.splice(0)));
  // The same shape with other ids in it.
  return moved(built, from, to, aWorld(engine)) as T;
}

async function captured<T extends { orgId: OrgId }>(
  engine: TestEngine,
  build: (world: World) => Promise<T>,
): Promise<Template> {
  const built = await build(aWorld(engine));
  return { built, items: (await everything(engine.table)).filter(belongsTo(built.orgId)) };
}

/** Identities stand under the logins, and end with the organization. */
function belongsTo(orgId: OrgId): (item: Item) => boolean {
  const own = `ORG#${orgId}`;
  return ({ pk, sk }) => pk.startsWith(own) || sk === own;
}

/** The directory's shard of an organization follows from its id. */
function inItsShard(item: Item): Item {
  return item.sk === 'ORGANIZATION' ? organizationItem(parseOrganization(item)) : item;
}

/** A deep copy in which one organization's id is another's and everybody is in a new world. */
function moved<T>(value: T, from: string, to: string, world: World): T;
function moved(value: unknown, from: string, to: string, world: World): unknown {
  if (typeof value === 'string') return value.replaceAll(from, to);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (value instanceof Set) return new Set(moved([...value], from, to, world));
  if (Array.isArray(value)) return value.map((one) => moved(one, from, to, world));
  if ('actor' in value && 'clock' in value)
    return aContext(world, moved((value as TestContext).actor, from, to, world));
  if ('clock' in value) return world;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, moved(one, from, to, world)]));
}

/** BatchWriteItem takes 25 items: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchSize = 25;

async function writeAll(table: Table, items: Item[]): Promise<void> {
  await batches(
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  );
}

async function erase(table: Table, orgIds: OrgId[]): Promise<void> {
  if (orgIds.length === 0) return;
  const items = (await everything(table)).filter((item) => orgIds.some((orgId) => belongsTo(orgId)(item)));
  await batches(
    table,
    items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
  );
}

async function batches({ name, documents }: Table, requests: object[]): Promise<void> {
  for (let start = 0; start < requests.length; start += batchSize) {
    const RequestItems = { [name]: requests.slice(start, start + batchSize) };
    await documents.send(new BatchWriteCommand({ RequestItems }));
  }
}
