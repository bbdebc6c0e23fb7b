import { ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import type { OrgId } from '../../domain/ids.ts';
import type { Item, Table } from '../../domain/table/client.ts';

/** How to read a table. */
export type Scan = {
  /** Readers at the same time, each of its own part of the table. */
  segments: number;
  /** Of one organization alone. */
  organizationId?: OrgId | undefined;
};

/** A page is at most 1 MB whatever the limit: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
const itemsPerPage = 1_000;

/**
 * Gives every item of the table to `take`, page by page, read consistently: all that was written before the scan began
 * is seen, of what is written meanwhile any part. No more than a page for each segment is held.
 *
 * One organization is found by filter, not by queries of what it is known to have: what nothing leads to any more is
 * what is looked for. So it reads, and costs, as much as the whole table.
 */
export async function scanTable(
  { name, documents }: Table,
  { segments, organizationId }: Scan,
  take: (items: Item[]) => void,
): Promise<void> {
  const stop = new AbortController();
  const readSegment = async (segment: number) => {
    let from: ScanCommandInput['ExclusiveStartKey'];
    do {
      const page = await documents.send(
        new ScanCommand({
          TableName: name,
          ConsistentRead: true,
          Limit: itemsPerPage,
          Segment: segment,
          TotalSegments: segments,
          ...(from && { ExclusiveStartKey: from }),
          ...(organizationId && only(organizationId)),
        }),
        { abortSignal: stop.signal },
      );
      // The keys of the table's schema are strings.
      take((page.Items ?? []) as Item[]);
      from = page.LastEvaluatedKey;
    } while (from);
  };
  try {
    await Promise.all(Array.from({ length: segments }, (_, segment) => readSegment(segment)));
  } catch (error) {
    stop.abort();
    throw error;
  }
}

/** All keys of a tenant begin with its own; only identities stand under the logins, and end with it. */
function only(
  organizationId: OrgId,
): Pick<ScanCommandInput, 'FilterExpression' | 'ExpressionAttributeValues'> {
  const own = `ORG#${organizationId}`;
  return {
    FilterExpression: 'pk = :own OR begins_with(pk, :within) OR sk = :own',
    ExpressionAttributeValues: { ':own': own, ':within': `${own}#` },
  };
}
