import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Account, parseAccountPage } from '../../../../domain/accounts/accountList.item.ts';
import { noList } from '../../../../domain/accounts/accountList.ts';
import { type AccountSet, accountSet, includes, noAccounts } from '../../../../domain/accounts/accountSet.ts';
import type { Origin } from '../../../../domain/connections/connection.item.ts';
import { type DecidedAccounts, decidedBefore } from '../../../../domain/connections/decidedAccounts.ts';
import { rememberSelected, replaceList } from '../../../../domain/connections/selectedEver.ts';
import { DomainError } from '../../../../domain/errors.ts';
import { ConnectionId, OrgId, UserId, WorkspaceId } from '../../../../domain/ids.ts';
import type { Action } from '../../../../domain/table/action.ts';
import type { Item } from '../../../../domain/table/client.ts';

/* A list remembers 10,000 lost accounts: they come and go in blocks, so that a few reports forget some. */
const blockSize = 3_000;
const blocks = 12;
const accountsOf = (block: number) =>
  Array.from({ length: blockSize }, (_, n) => ({ id: `block-${block}-${n}`, name: '' }));

function anOrigin(selectedEver: AccountSet | undefined): Origin {
  const place = {
    workspaceId: WorkspaceId.parse('wsp_1'),
    connectionId: ConnectionId.parse('con_01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  };
  const userId = UserId.parse('usr_1');
  return {
    ...place,
    orgId: OrgId.parse('org_acme'),
    name: 'Original',
    dataSource: 'google-ads',
    selection: { mode: 'all', asOf: 0 },
    origin: place,
    childCount: 0,
    createdAt: '',
    createdBy: userId,
    version: 1,
    businessAccount: { id: 'b', name: 'B' },
    authorization: { status: 'active', version: 1, authorizedAt: '', authorizedBy: userId },
    accountList: noList,
    ...(selectedEver && { selectedEver }),
    lineageCount: 1,
    revision: 0,
  };
}

/** What a selection is: the accounts that somebody named, and the set that is stored of them. */
type Chosen = { ids: Set<string>; accounts: AccountSet };

/** A lineage in memory: what is planned for its origin is written at once. */
function aLineage(origin: Origin) {
  const pages = new Map<string, Item>();
  const selections: Chosen[] = [];
  const planned: (Chosen & DecidedAccounts)[] = [];
  const perform = ({ key, write }: Action) => {
    if (write.kind === 'put') pages.set(key.sk, write.item);
    if (write.kind === 'update') Object.assign(origin, write.changes.set);
  };
  let accounts: Account[] = [];
  const choose = (numbers: number[]): Chosen => {
    const offered = accounts.filter(({ lostIn }) => lostIn === undefined);
    const chosen = numbers.flatMap((n) => offered[n % offered.length] ?? []);
    const ids = new Set(chosen.map(({ id }) => id));
    return { ids, accounts: accountSet(chosen.map(({ ordinal }) => ordinal)) };
  };
  const write = (chosen: Chosen) => {
    rememberSelected(origin, { mode: 'selected', accounts: chosen.accounts }).forEach(perform);
    selections.push(chosen);
  };
  return {
    report(reported: number[]) {
      const { state, actions } = replaceList(origin, accounts, reported.flatMap(accountsOf));
      actions.forEach(perform);
      origin.accountList = state;
      const current = [...pages.values()]
        .map(parseAccountPage)
        .filter(({ version }) => version === state.version);
      accounts = current.flatMap((page) => page.accounts);
    },
    select: (numbers: number[]) => write(choose(numbers)),
    /** As an operation does, which selects later what was decided when it was accepted. */
    plan: (numbers: number[]) => planned.push({ ...choose(numbers), decidedIn: origin.accountList.version }),
    carryOut() {
      for (const work of planned.splice(0)) {
        try {
          decidedBefore(origin, work, work.accounts);
          write(work);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
      }
    },
    /** Accounts that a connection has by its stored selection and that nobody selected for it. */
    strangers: () =>
      selections.flatMap((chosen) =>
        accounts
          .filter(({ id, ordinal }) => includes(chosen.accounts, ordinal) && !chosen.ids.has(id))
          .map(({ id }) => id),
      ),
    origin,
  };
}

type Step = { kind: 'report' | 'select' | 'plan' | 'carryOut'; numbers: number[] };
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('report' as const),
        numbers: fc.uniqueArray(fc.nat(blocks - 1), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('select' as const, 'plan' as const, 'carryOut' as const),
        numbers: fc.array(fc.nat(3 * blockSize), { maxLength: 5 }),
      }),
    },
  ),
  { minLength: 8, maxLength: 16 },
);

const seed = 20_260_108;

test.each([
  ['new', noAccounts],
  ['of before the selected accounts were remembered', undefined],
])(
  `no connection ever has an account that was not selected for it, however lists and selections come, on an origin %s (seed ${seed})`,
  (_, selectedEver) => {
    let reuses = 0;
    const run = (all: Step[]) => {
      const lineage = aLineage(anOrigin(selectedEver));
      for (const { kind, numbers } of [{ kind: 'report', numbers: [0, 1, 2] } as Step, ...all]) {
        lineage[kind](numbers);
        expect(lineage.strangers()).toEqual([]);
      }
      if (lineage.origin.accountList.reusedIn !== undefined) reuses += 1;
    };

    fc.assert(fc.property(steps, run), { seed, numRuns: 8 });

    expect(reuses).toBeGreaterThan(1);
  },
  60_000,
);
