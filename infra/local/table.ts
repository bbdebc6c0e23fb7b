import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  ScanCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { index, keys, streamView, timeToLive } from '../../domain/table/schema.ts';
import { CannotStart } from './cannotStart.ts';

/** How to reach an engine on this machine, which takes any credentials. */
export function engineConfig(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

/**
 * Creates the table unless it is there; gives the ARN of its stream.
 * The same names as the deployed table: both come from `domain/table/schema.ts`.
 */
export async function ensureTable(client: DynamoDBClient, name: string): Promise<string> {
  await createTable(client, name, { hasStream: true });
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
  await ensureTimeToLive(client, name);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (Table?.LatestStreamArn === undefined) {
    throw new CannotStart(
      `The table ${name} is already there and has no stream: it belongs to something else. Use another DynamoDB.`,
    );
  }
  return Table.LatestStreamArn;
}

/** The table alone; without a stream the engine stays fast however much is written. */
export async function createTable(
  client: DynamoDBClient,
  name: string,
  { hasStream }: { hasStream: boolean },
): Promise<void> {
  const attributes = [keys.partition, keys.sort, index.partition, index.sort];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keySchema(keys),
        GlobalSecondaryIndexes: [
          { IndexName: index.name, KeySchema: keySchema(index), Projection: { ProjectionType: 'ALL' } },
        ],
        ...(hasStream && { StreamSpecification: { StreamEnabled: true, StreamViewType: streamView } }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

function keySchema({ partition, sort }: { partition: string; sort: string }): KeySchemaElement[] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
}

/** Whether anything was ever written to it. */
export async function hasItems(client: DynamoDBClient, name: string): Promise<boolean> {
  const { Count } = await client.send(new ScanCommand({ TableName: name, Limit: 1, Select: 'COUNT' }));
  return Count !== 0;
}

/** Asks first, as switching on what is on already is an error. */
async function ensureTimeToLive(client: DynamoDBClient, name: string): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  if (TimeToLiveDescription?.AttributeName !== undefined) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { Enabled: true, AttributeName: timeToLive },
    }),
  );
}
