import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { index } from '../../domain/table/schema.ts';

type Read = 'GetItem' | 'BatchGetItem' | 'Query';
/** TransactWriteItems has no right of its own: IAM checks these. */
type Write = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

/** What a function may do with the table, its index and the keys. There is no Scan to give. */
export type Rights = {
  table?: readonly (Read | Write)[];
  index?: readonly ['Query'];
  credentialsKey?: readonly ('GenerateDataKey' | 'Decrypt')[];
  macKey?: readonly ['GenerateMac'];
};

/** What rights are over. */
export type Data = { table: ITableV2; credentialsKey: IKey; macKey: IKey };

/**
 * Each right by name on one resource by its ARN. CDK's grants are wider: `grantReadData` includes Scan, and
 * `grantWriteData` lacks ConditionCheckItem.
 */
export function statementsOf(rights: Rights, { table, credentialsKey, macKey }: Data): PolicyStatement[] {
  return [
    ...statement('dynamodb', rights.table, table.tableArn),
    ...statement('dynamodb', rights.index, `${table.tableArn}/index/${index.name}`),
    ...statement('kms', rights.credentialsKey, credentialsKey.keyArn),
    ...statement('kms', rights.macKey, macKey.keyArn),
  ];
}

function statement(service: string, actions: readonly string[] = [], resource: string): PolicyStatement[] {
  if (actions.length === 0) return [];
  return [
    new PolicyStatement({
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
    }),
  ];
}
