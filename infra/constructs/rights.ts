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
  invitationsKey?: readonly ['GenerateMac'];
  requestsKey?: readonly ['GenerateMac'];
};

/** What rights are over. */
export type Data = { table: ITableV2; credentialsKey: IKey; invitationsKey: IKey; requestsKey: IKey };

/**
 * Each right by name on one resource by its ARN. CDK's grants are wider: `grantReadData` includes Scan, and
 * `grantWriteData` lacks ConditionCheckItem.
 */
export function statementsOf(rights: Rights, data: Data): PolicyStatement[] {
  const { table, credentialsKey, invitationsKey, requestsKey } = data;
  return [
    ...statement('dynamodb', rights.table, table.tableArn),
    ...statement('dynamodb', rights.index, `${table.tableArn}/index/${index.name}`),
    ...statement('kms', rights.credentialsKey, credentialsKey.keyArn, ofOneAuthorization),
    ...statement('kms', rights.invitationsKey, invitationsKey.keyArn),
    ...statement('kms', rights.requestsKey, requestsKey.keyArn),
  ];
}

/**
 * Data keys are bound to what `domain/connections/credentials.ts` binds them to, and to nothing besides.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
 */
const ofOneAuthorization: Conditions = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['organization', 'origin'] },
};

type Conditions = Record<string, Record<string, string[]>>;

function statement(
  service: string,
  actions: readonly string[] = [],
  resource: string,
  conditions?: Conditions,
): PolicyStatement[] {
  if (actions.length === 0) return [];
  return [
    new PolicyStatement({
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
      ...(conditions && { conditions }),
    }),
  ];
}
