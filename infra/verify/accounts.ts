import * as z from 'zod/mini';
import { accountPageKey, parseAccountPage } from '../../domain/accounts/accountList.item.ts';
import {
  type AccountSet,
  accountSet,
  includes,
  noAccounts,
  size,
  union,
} from '../../domain/accounts/accountSet.ts';
import { credentialsKey, StoredCredentials } from '../../domain/connections/credentials.ts';
import { ConnectionId, OrgId, WorkspaceId } from '../../domain/ids.ts';
import type { Check, Ids, Kind } from './check.ts';
import type { Finding } from './invariant.ts';
import { type Digest, type OriginFact, type PageFact, placeOf, type Tenant } from './tenant.ts';

/** The sealed credentials of a lineage; they are not opened. */
export const credentialsKind: Kind = {
  name: 'credentials',
  at: /^ORG#[^#]+#WORKSPACE#([^#]+) CREDENTIALS#([^#]+)$/,
  read(item, ids) {
    const { version } = z.parse(StoredCredentials, item);
    const owner = ownerOf(ids);
    return {
      keys: credentialsKey(owner),
      keep: ({ credentialsVersions }) => credentialsVersions.set(placeOf(owner), version),
    };
  },
};

/** A page of the accounts of an origin. */
export const accountsKind: Kind = {
  name: 'accounts',
  at: /^ORG#[^#]+#WORKSPACE#([^#]+) ACCOUNTS#([^#]+)#(\d+)$/,
  read(item, ids) {
    const { version, accounts } = parseAccountPage(item);
    const owner = ownerOf(ids);
    const page = Number(ids.groups[2]);
    const ordinals = accounts.flatMap(({ ordinal, lostIn }) => (lostIn === undefined ? [ordinal] : []));
    const all = accountSet(accounts.map(({ ordinal }) => ordinal));
    const fact = { page, version, offered: digest(ordinals), count: accounts.length, ordinals: all };
    return {
      keys: accountPageKey(owner, page),
      keep: ({ accountPages }) => {
        const place = placeOf(owner);
        accountPages.set(place, [...(accountPages.get(place) ?? []), fact]);
      },
    };
  },
};

function ownerOf({ orgId, groups: [workspaceId, connectionId] }: Ids) {
  return {
    orgId: OrgId.parse(orgId),
    workspaceId: WorkspaceId.parse(workspaceId),
    connectionId: ConnectionId.parse(connectionId),
  };
}

function digest(ordinals: Iterable<number>): Digest {
  let [count, sum] = [0, 0];
  for (const ordinal of ordinals) {
    count += 1;
    sum += ordinal;
  }
  return { count, sum };
}

/** A set of accounts in short. */
export function digestOf(set: AccountSet): Digest {
  const ordinals = Array.from({ length: set.length * 8 }, (_, ordinal) => ordinal);
  return digest(ordinals.filter((ordinal) => includes(set, ordinal)));
}

/** The greatest ordinal of a set, -1 of an empty one. */
export function greatestOf(set: AccountSet): number {
  const last = set.findLastIndex((byte) => byte !== 0);
  return last < 0 ? -1 : last * 8 + 31 - Math.clz32(set[last] ?? 0);
}

/** What stands beside an origin: its credentials and the pages of its account list. */
export const accountChecks: readonly Check[] = [
  { needs: ['connection', 'credentials'], find: credentials },
  { needs: ['connection', 'accounts'], find: lists },
];

function* credentials({ connections, credentialsVersions }: Tenant): Generator<Finding> {
  for (const [place, { connectionId: subject, shared }] of connections) {
    if (!shared) continue;
    const version = credentialsVersions.get(place);
    const { authorizationVersion } = shared;
    if (version === undefined)
      yield { invariant: 'credentials_missing', subject, detail: 'nothing authorizes this lineage' };
    else if (version !== authorizationVersion)
      yield {
        invariant: 'credentials_version',
        subject,
        detail: `of authorization ${version}, the origin has ${authorizationVersion}`,
      };
  }
  for (const place of credentialsVersions.keys())
    if (!connections.get(place)?.shared)
      yield { invariant: 'credentials_left_over', ...leftOver(place), detail: `in ${workspaceOf(place)}` };
}

function* lists({ connections, accountPages }: Tenant): Generator<Finding> {
  for (const [place, { connectionId, shared }] of connections)
    if (shared) yield* brokenList(connectionId, shared.list, accountPages.get(place) ?? []);
  for (const [place, pages] of accountPages)
    if (!connections.get(place)?.shared)
      yield {
        invariant: 'accounts_left_over',
        ...leftOver(place),
        detail: `${pages.length} pages in ${workspaceOf(place)}`,
      };
}

/** Pages that a shorter list has left behind stay until the origin goes; those beyond them nobody would take away. */
function* brokenList(
  subject: string,
  list: OriginFact['list'],
  pages: readonly PageFact[],
): Generator<Finding> {
  const current = pages.filter(({ page }) => page < list.pages);
  const old = current.filter(({ version }) => version !== list.version);
  const unknown = pages.filter(({ page }) => page >= list.storedPages);
  if (current.length < list.pages)
    yield {
      invariant: 'accounts_missing',
      subject,
      detail: `${current.length} pages of ${list.pages} stand`,
    };
  for (const { page, version } of old.slice(0, 1))
    yield {
      invariant: 'accounts_version',
      subject,
      detail: `page ${page} is of version ${version}, the list is at ${list.version}`,
    };
  if (unknown.length > 0)
    yield {
      invariant: 'accounts_left_over',
      subject,
      detail: `${unknown.length} pages beyond the ${list.storedPages} that it knows of`,
    };
  if (current.length < list.pages || old.length > 0) return;
  const accounts = current.reduce((all, page) => all + page.count, 0);
  const ordinals = size(current.reduce((all, page) => union(all, page.ordinals), noAccounts));
  if (ordinals < accounts)
    yield { invariant: 'ordinal_twice', subject, detail: `${accounts} accounts have ${ordinals} ordinals` };
  const count = current.reduce((all, { offered }) => all + offered.count, 0);
  const sum = current.reduce((all, { offered }) => all + offered.sum, 0);
  if (count !== list.available.count || sum !== list.available.sum)
    yield {
      invariant: 'accounts_content',
      subject,
      detail: `the pages offer ${count} accounts, the origin says ${list.available.count}${count === list.available.count ? ', and not the same' : ''}`,
    };
}

function leftOver(place: string): Pick<Finding, 'subject'> {
  return { subject: place.split(' ')[1] ?? place };
}

function workspaceOf(place: string): string {
  return place.split(' ')[0] ?? place;
}
