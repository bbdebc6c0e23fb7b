import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Item, Table } from '../../domain/table/client.ts';

/**
 * A table one of whose queries does not see an item once: as the index lags behind, and as a query of the table sees of a
 * transaction that is just being committed only some of its items.
 */
export function hiding(table: Table, isHidden: (item: Item, input: QueryCommandInput) => boolean) {
  const seen = { hidden: 0 };
  table.documents.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const { Items } = result.output as { Items?: Item[] };
        if (commandName !== 'QueryCommand' || !Items || seen.hidden > 0) return result;
        const missed = Items.find((item) => isHidden(item, args.input as QueryCommandInput));
        if (!missed) return result;
        seen.hidden = 1;
        const kept = Items.filter((item) => item !== missed);
        return { ...result, output: { ...result.output, Items: kept } };
      },
    { step: 'initialize', priority: 'high', name: 'hiding' },
  );
  return { table, seen };
}
