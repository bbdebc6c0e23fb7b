import { describe, expect, test } from 'vitest';
import { invite } from '../../../domain/invitations/invite.ts';
import { anAgency } from '../../support/agency.ts';
import type { TestUser } from '../../support/builders.ts';
import { aRequest } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { conflict, type Fault, isWrite, lostReply, tableThrough, throttling } from '../../support/faults.ts';
import { brokenInvariants } from '../../support/invariants.ts';

const engine = await anEngine();
const emails = ['one@example.com', 'two@example.com'];

async function anInviter() {
  const agency = await anAgency(engine);
  const grants = [{ workspaceId: agency.home.workspaceId, role: 'viewer' as const }];
  return { ...agency, people: { invitations: emails.map((email) => ({ email, grants })) } };
}

/** One request with its key, whose writes fail as told. */
function requestOf(caller: TestUser, fault?: Fault) {
  const table = tableThrough(engine.anotherTable(), ...(fault ? [fault] : []));
  const idempotency = { key: 'key-1', request: 'the same request', replayed: false };
  return aRequest(caller, caller.actor, { table, idempotency }).ctx;
}

/** A fault of those transactions alone that write something of this kind. */
const where =
  (isMeant: (items: readonly unknown[]) => boolean, fault: Fault): Fault =>
  (sent, proceed) => {
    const items = isWrite(sent) && 'TransactItems' in sent.input ? (sent.input.TransactItems ?? []) : [];
    return items.length > 0 && isMeant(items) ? fault(sent, proceed) : proceed();
  };

const faults: [string, Fault][] = [
  ['others are writing', conflict],
  ['the storage takes no more', throttling],
  ['the answer is lost', lostReply],
];

describe('of several people who are invited under one key', () => {
  test.each(faults)('all are reported as invited when after the last of them %s', async (_, fault) => {
    const { owner, people } = await anInviter();
    const isAnswerAlone = (items: readonly unknown[]) => items.length === 1;

    const first = await invite(requestOf(owner, where(isAnswerAlone, fault)), people);

    expect(first.items).toMatchObject([{ status: 'invited' }, { status: 'invited' }]);
    expect(await invite(requestOf(owner), people)).toEqual(first);
  });

  test.each(faults.slice(0, 2))(
    'one who fails because %s is invited by the same request',
    async (_, fault) => {
      const { owner, people, orgId } = await anInviter();
      const isSecond = (items: readonly unknown[]) => JSON.stringify(items).includes('EMAIL#two@example.com');
      const first = await invite(requestOf(owner, where(isSecond, fault)), people);

      const second = await invite(requestOf(owner), people);

      expect(first.items).toMatchObject([{ status: 'invited' }, { status: 'failed' }]);
      expect(second.items).toMatchObject([first.items[0], { status: 'invited' }]);
      expect(await invite(requestOf(owner), people)).toEqual(second);
      expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
    },
  );

  test('one to whom a mail has just gone stays the one who failed', async () => {
    const { owner, people, world } = await anInviter();
    const again = { invitations: people.invitations.slice(1) };
    await invite(owner, again);
    await invite(owner, again);
    const first = await invite(requestOf(owner), people);
    world.clock.advance(60_000);

    const second = await invite(requestOf(owner), people);

    expect(first.items).toMatchObject([{ status: 'invited' }, { status: 'failed', code: 'throttled' }]);
    expect(second).toEqual(first);
  });
});
