import * as z from 'zod/mini';
import type { SupportContext } from '../context.ts';
import { matches } from '../search.ts';
import { type Page, pageOf, pageQuery, type Source } from '../table/page.ts';
import {
  directoryPartition,
  directoryShards,
  type Organization,
  parseOrganization,
} from './organization.item.ts';
import { type OrganizationView, viewOrganizations } from './organization.ts';

export const OrganizationsQuery = z.strictObject({
  ...pageQuery,
  search: z.optional(z.string().check(z.maxLength(200))),
});

/** All organizations, one shard of the directory after the other; `search` is a part of the name. */
export async function listOrganizations(
  ctx: SupportContext,
  { search, ...page }: z.output<typeof OrganizationsQuery>,
): Promise<Page<OrganizationView>> {
  const shards = Array.from(
    { length: directoryShards },
    (_, shard): Source<Organization> => ({
      partition: directoryPartition(shard),
      onIndex: true,
      sparse: search !== undefined,
      resolve: (items) =>
        items
          .map(parseOrganization)
          .map((organization) => (matches(search, organization.name) ? organization : undefined)),
    }),
  );
  const found = await pageOf(ctx, ['organizations', search], page, ...shards);
  return { ...found, items: await viewOrganizations(ctx, found.items) };
}
