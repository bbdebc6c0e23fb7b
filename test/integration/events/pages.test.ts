import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { EventsQuery, listEvents, listOrganizationEvents } from '../../../domain/events/listEvents.ts';
import { idsFrom } from '../../../domain/ids.ts';
import { reportAccounts } from '../../../domain/services/serviceConnection.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, anOrganization, at, aWorkspace } from '../../support/builders.ts';
import { aClock, hour } from '../../support/clock.ts';
import { aContext, aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { everything } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** A hundred accounts whose ids are as long as they may be, in characters that JSON writes as six bytes. */
const longIds = (round: number) =>
  Array.from({ length: 100 }, (_, n) => {
    const id = `${round}-${n}-`;
    return { id: id.padEnd(128, '\u0001'), name: '\u0001'.repeat(256) };
  });

describe('a page of events', () => {
  test('ends by its bytes, and the walk over all of them is complete', async () => {
    const { owner, support, orgId, home, world } = await anAgency(engine);
    const connection = await aConnection(owner, home.workspaceId);
    const service = aContext(world, { kind: 'service', id: 'extractor' });
    for (let round = 0; round < 52; round++)
      await reportAccounts(
        service,
        { orgId, ...at(connection) },
        { authorizationVersion: 1, accounts: longIds(round) },
      );
    const items = await everything(engine.table, `ORG#${orgId}#EVENTS`);

    const lists = [
      (cursor?: string) => listEvents(owner, { ...page, cursor }),
      (cursor?: string) => listEvents(owner, { ...page, cursor, workspaceId: home.workspaceId }),
      (cursor?: string) => listOrganizationEvents(support, orgId, { ...page, cursor }),
    ];
    for (const list of lists) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const answer = await list(cursor);
        expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(1_000_000);
        seen.push(
          ...answer.items.filter(({ type }) => type === 'connection.updated').map((one) => one.eventId),
        );
        cursor = answer.nextCursor ?? undefined;
      } while (cursor);
      expect(new Set(seen).size).toBe(52);
      expect(seen).toEqual(seen.toSorted().reverse());
    }
    for (const item of items) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(48 * 1024);
  });

  test('bounds what one event says, also of many copies with long lists', async () => {
    const { owner, home, elsewhere, orgId } = await anAgency(engine);
    for (let n = 0; n < 20; n++) {
      const source = await aConnection(owner, home.workspaceId, { accounts: longIds(n) });
      const accountIds = longIds(n).map(({ id }) => id);
      await updateConnection(owner, at(source), UpdateConnection.parse({ accountIds }));
    }

    await updateWorkspace(
      owner,
      elsewhere.workspaceId,
      UpdateWorkspace.parse({ connections: { addAllFrom: [home.workspaceId] } }),
    );

    const { items } = await listEvents(owner, { ...page, type: 'connection.copied' });
    const copies = items[0]?.details.connections as { accounts: { count: number } }[];
    expect(copies.map(({ accounts }) => accounts.count)).toEqual(Array(20).fill(100));
    for (const item of await everything(engine.table, `ORG#${orgId}#EVENTS`))
      expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(48 * 1024);
  });

  test('of a workspace with one event more than fits says that there is one, and with none says the end', async () => {
    const { owner, home } = await anAgency(engine);
    const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });

    const exact = await listEvents(owner, { limit: items.length, workspaceId: home.workspaceId });
    const fewer = await listEvents(owner, { limit: items.length - 1, workspaceId: home.workspaceId });

    expect(exact).toEqual({ items, nextCursor: null });
    expect(fewer.nextCursor).not.toBeNull();
  });
});

describe('a range of time', () => {
  /** An hour between a change and the next; the ids are made with the times of the clock, as deployed. */
  async function hourly() {
    const clock = aClock();
    const newId = idsFrom(() => ulid(clock.now().getTime()));
    const world = aWorld({ table: engine.table, clock, newId });
    const { owner, support, orgId } = await anOrganization(world);
    const home = await aWorkspace(owner);
    for (const name of ['one', 'two', 'three', 'four']) {
      clock.advance(hour);
      await updateWorkspace(owner, home.workspaceId, UpdateWorkspace.parse({ name }));
    }
    const named = async (query: object) => {
      const asked = EventsQuery.parse({ limit: '100', type: 'workspace.updated', ...query });
      const { items } = await listEvents(owner, asked);
      return items.map(({ details }) => (details.after as { name: string }).name);
    };
    return { owner, support, orgId, home, world, named };
  }
  // The clock begins at 9.
  const [ten, eleven, noon] = [
    '2026-03-02T10:00:00Z',
    '2026-03-02T11:00:00.000Z',
    '2026-03-02T13:00:00+01:00',
  ];

  test('begins with its first moment and ends before its last, on every list', async () => {
    const { named, home, owner, support, orgId } = await hourly();
    const { workspaceId } = home;

    expect(await named({ from: eleven })).toEqual(['four', 'three', 'two']);
    expect(await named({ to: eleven })).toEqual(['one']);
    expect(await named({ from: eleven, to: noon, workspaceId })).toEqual(['two']);
    expect(await named({ from: ten, to: ten })).toEqual([]);
    const ofOrganization = await listOrganizationEvents(support, orgId, { ...page, from: noon });
    expect(ofOrganization.items).toHaveLength(2);
    expect((await listEvents(owner, { ...page, from: '2030-01-01T00:00:00Z' })).items).toEqual([]);
  });

  test('is read by the keys of ids, not by looking at everything', async () => {
    const { owner, world } = await hourly();
    world.clock.advance(hour);
    const { meter } = changed(owner, {});
    const asked = changed(owner, { meter });

    await listEvents(asked, { ...page, from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' });

    // The caller and one query that finds nothing.
    expect(meter.readUnits).toBeLessThanOrEqual(2);
  });

  test.each([
    [{ from: 'yesterday' }, ['from']],
    [{ to: '2026-03-02' }, ['to']],
    [{ from: noon, to: ten }, ['from']],
  ])('%o is refused at its place', (query, path) => {
    const { error } = EventsQuery.safeParse(query);

    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});
