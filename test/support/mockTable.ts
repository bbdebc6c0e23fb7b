import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type AwsStub, mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import type {
  DynamoDBDocumentClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/lib-dynamodb';
import type { UserActor } from '../../domain/context.ts';
import { OrgId, UserId } from '../../domain/ids.ts';
import type { Table } from '../../domain/table/client.ts';

type Mock = AwsStub<ServiceInputTypes, ServiceOutputTypes, DynamoDBDocumentClientResolvedConfig>;

/** A table that answers what the test says and keeps the commands that it was sent. */
export function aMockTable(): { table: Table; mock: Mock } {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
  const mock = mockClient(documents);
  // The SDK always answers something.
  mock.onAnyCommand().resolves({});
  return { table: { name: 'workspaces', documents }, mock };
}

export const alice: UserActor = {
  kind: 'user',
  orgId: OrgId.parse('org_acme'),
  userId: UserId.parse('usr_alice'),
  login: 'login-alice',
  email: 'alice@example.com',
};

type Reason = string | { Code: string; Item?: Record<string, unknown> };

/** A cancelled transaction with one reason an action; a failed condition may carry the item as it stands. */
export function cancelled(...reasons: Reason[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: reasons.map((reason) => {
      if (typeof reason === 'string') return { Code: reason };
      return { Code: reason.Code, ...(reason.Item && { Item: marshall(reason.Item) }) };
    }),
  });
}
