import * as z from 'zod/mini';
import type { Item } from '../../domain/table/client.ts';
import { expand } from '../../domain/table/compressed.ts';
import { CallerWhoLeft, IdempotencyRecord } from '../../domain/table/idempotency.ts';
import { timeToLive } from '../../domain/table/schema.ts';
import { accountsKind, credentialsKind } from './accounts.ts';
import { addressKind, identityKind, invitationKind } from './addresses.ts';
import type { Kind, Reading } from './check.ts';
import { connectionKind } from './connections.ts';
import { eventKind, referenceKind } from './events.ts';
import type { Finding } from './invariant.ts';
import { maskedKey } from './masked.ts';
import { operationKind, planKind, runningKind, skippedKind } from './operations.ts';
import { organizationKind } from './organizations.ts';
import { membershipKind, personKind } from './people.ts';
import { invitationCountKind } from './places.ts';
import type { KindName, Tenant } from './tenant.ts';
import { workspaceKind } from './workspaces.ts';

const idempotencyKind: Kind = {
  name: 'idempotency',
  at: /^(?:(?:ORG#[^#]+#)?IDEMPOTENCY#[0-9a-f]{64} RECORD|ORG#[^#]+#IDEMPOTENCY#[0-9a-f]{64} CALLER)$/,
  mayExpire: () => true,
  read(item) {
    if (item.sk === 'CALLER') z.parse(CallerWhoLeft, item);
    else {
      const { answer } = z.parse(IdempotencyRecord, item);
      if (answer) expand(answer);
    }
    return { keys: { pk: item.pk, sk: item.sk }, keep: () => undefined };
  },
};

/** Those of which a table has the most are looked for first. */
const kinds: readonly Kind[] = [
  eventKind,
  connectionKind,
  membershipKind,
  accountsKind,
  credentialsKind,
  idempotencyKind,
  skippedKind,
  referenceKind,
  planKind,
  runningKind,
  operationKind,
  workspaceKind,
  personKind,
  addressKind,
  identityKind,
  invitationKind,
  invitationCountKind,
  organizationKind,
];

/** What one item is: whose, what is wrong with it alone, and how its facts are kept. */
export type ReadItem = {
  orgId?: string;
  findings: Finding[];
  /** Its kind, when it is of one and could not be read. */
  unreadable?: KindName;
  keep?: (tenant: Tenant) => void;
};

/** Reads an item as the domain does, and compares its keys with those that its own fields make. Throws nothing. */
export function readItem(item: Item): ReadItem {
  // A table of something else may have other keys, and has none of these.
  const [pk, sk] = [String(item.pk), String(item.sk)];
  const orgId =
    /^ORG#([^#]+)/.exec(pk)?.[1] ?? (pk.startsWith('IDENTITY#') ? /^ORG#([^#]+)$/.exec(sk)?.[1] : undefined);
  const whose = orgId === undefined ? {} : { orgId };
  const subject = maskedKey(item);
  for (const kind of kinds) {
    const match = kind.at.exec(`${pk} ${sk}`);
    if (!match) continue;
    try {
      const reading = kind.read(item, { orgId: orgId ?? '', groups: match.slice(1) });
      return { ...whose, ...compared(subject, item, kind, reading) };
    } catch (error) {
      const detail = `${kind.name}: ${reasonOf(error)}`;
      return {
        ...whose,
        findings: [{ invariant: 'unreadable_item', subject, detail }],
        unreadable: kind.name,
      };
    }
  }
  return { ...whose, findings: [{ invariant: 'unknown_item', subject, detail: 'is of no known kind' }] };
}

/** What stands where nobody looks for it counts for nothing. */
function compared(subject: string, item: Item, kind: Kind, { keys, keep }: Reading): Omit<ReadItem, 'orgId'> {
  if (keys.pk !== item.pk || keys.sk !== item.sk)
    return {
      findings: [{ invariant: 'misplaced_item', subject, detail: `its fields say ${maskedKey(keys)}` }],
    };
  const findings: Finding[] = [];
  if (keys.gsi1pk !== item.gsi1pk || keys.gsi1sk !== item.gsi1sk)
    findings.push({
      invariant: 'index_entry',
      subject,
      detail: `is at ${onIndex(item)}, its fields say ${onIndex(keys)}`,
    });
  if (timeToLive in item && !kind.mayExpire?.(item))
    findings.push({
      invariant: 'must_not_expire',
      subject,
      detail: `goes at ${String(item[timeToLive])}, in epoch seconds`,
    });
  return { findings, keep };
}

function onIndex({ gsi1pk, gsi1sk }: Item): string {
  return gsi1pk === undefined ? 'no place' : maskedKey({ pk: gsi1pk, sk: gsi1sk });
}

/** Why an item could not be read, without a word of what it holds. */
function reasonOf(error: unknown): string {
  if (error instanceof z.core.$ZodError)
    return error.issues.map(({ path, code }) => `${path.join('.') || 'the whole'} ${code}`).join(', ');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return String(code ?? (error instanceof Error ? error.name : 'no reason'));
}
