import { putItem, query, type Reading } from '../table/client.ts';
import {
  expiresAfter,
  firstItemOf,
  itemsPerPage,
  type Operation,
  operationPartition,
  parsePlanPage,
  planDays,
  planPageItem,
  planPageKey,
  planPrefix,
  type WorkItem,
} from './operation.item.ts';

type Planned = Pick<Operation, 'orgId' | 'operationId'>;

/** A page stays under the 400 KB of an item even where its items do not compress. */
const bytesPerPage = 300 * 1024;

/** Writes the plan of an operation, page by page as its items come; memory does not grow with it. Gives their number. */
export async function writePlan(
  ctx: Reading,
  { orgId, operationId }: Planned,
  batches: AsyncIterable<readonly WorkItem[]> | Iterable<readonly WorkItem[]>,
): Promise<number> {
  const expiresAtSeconds = expiresAfter(ctx.now(), planDays);
  let written = 0;
  let page: WorkItem[] = [];
  let bytes = 0;
  const writePage = async () => {
    if (page.length === 0) return;
    await putItem(ctx, planPageItem(planPageKey(orgId, operationId, written), page, expiresAtSeconds));
    written += page.length;
    page = [];
    bytes = 0;
  };
  for await (const batch of batches) {
    for (const item of batch) {
      const size = JSON.stringify(item).length;
      if (page.length === itemsPerPage || bytes + size > bytesPerPage) await writePage();
      page.push(item);
      bytes += size;
    }
  }
  await writePage();
  return written;
}

/**
 * The items of the plan from place `from` on, as far as one page holds them. Nothing where that page is gone or can't be
 * understood. Throws `throttled`, `try_again` where storage does not answer.
 */
export async function readPlan(
  ctx: Reading,
  { orgId, operationId }: Planned,
  from: number,
): Promise<WorkItem[] | undefined> {
  const { items } = await query(ctx, {
    partition: operationPartition(orgId, operationId),
    prefix: planPrefix,
    upTo: planPageKey(orgId, operationId, from).sk,
    newestFirst: true,
    limit: 1,
  });
  const [page] = items;
  try {
    const rest = page ? parsePlanPage(page).slice(from - firstItemOf(page)) : [];
    return rest.length > 0 ? rest : undefined;
  } catch {
    return undefined;
  }
}

/** How many items there are from place `from` to the next page, or to the end of the plan. */
export async function itemsToNextPage(
  ctx: Reading,
  { orgId, operationId, total }: Pick<Operation, 'orgId' | 'operationId' | 'total'>,
  from: number,
): Promise<number> {
  const { items } = await query(ctx, {
    partition: operationPartition(orgId, operationId),
    prefix: planPrefix,
    after: planPageKey(orgId, operationId, from),
    limit: 1,
  });
  const [next] = items;
  return (next ? firstItemOf(next) : total) - from;
}
