import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateListDashboards } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import {
  CognitoIdentityProviderClient,
  paginateListUserPools,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient, paginateListKeys } from '@aws-sdk/client-kms';
import { LambdaClient, paginateListEventSourceMappings, paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';

type Names = AsyncGenerator<string | undefined>;

/** Everything of the kinds that the stacks are made of, in this account and region. */
const kinds: Record<string, () => Names> = {
  stack: async function* () {
    for await (const { StackSummaries = [] } of paginateListStacks(
      { client: new CloudFormationClient({}) },
      {},
    ))
      for (const { StackName, StackStatus } of StackSummaries)
        if (StackStatus !== 'DELETE_COMPLETE') yield StackName;
  },
  table: async function* () {
    for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient({}) }, {}))
      yield* TableNames;
  },
  'user pool': async function* () {
    const client = new CognitoIdentityProviderClient({});
    for await (const { UserPools = [] } of paginateListUserPools({ client }, { MaxResults: 60 }))
      for (const { Id } of UserPools) yield Id;
  },
  key: async function* () {
    const client = new KMSClient({});
    for await (const { Keys = [] } of paginateListKeys({ client }, {}))
      for (const { KeyId } of Keys) {
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
        if (KeyMetadata?.KeyState !== 'PendingDeletion') yield KeyId;
      }
  },
  api: async function* () {
    const { Items = [] } = await new ApiGatewayV2Client({}).send(new GetApisCommand({}));
    for (const { ApiId } of Items) yield ApiId;
  },
  function: async function* () {
    for await (const { Functions = [] } of paginateListFunctions({ client: new LambdaClient({}) }, {}))
      for (const { FunctionName } of Functions) yield FunctionName;
  },
  'event source mapping': async function* () {
    const client = new LambdaClient({});
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client }, {}))
      for (const { UUID } of EventSourceMappings) yield UUID;
  },
  'log group': async function* () {
    const client = new CloudWatchLogsClient({});
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {}))
      for (const { logGroupName } of logGroups) yield logGroupName;
  },
  queue: async function* () {
    for await (const { QueueUrls = [] } of paginateListQueues({ client: new SQSClient({}) }, {}))
      yield* QueueUrls;
  },
  'event bus': async function* () {
    const { EventBuses = [] } = await new EventBridgeClient({}).send(new ListEventBusesCommand({}));
    for (const { Name } of EventBuses) yield Name;
  },
  rule: async function* () {
    const client = new EventBridgeClient({});
    const { EventBuses = [] } = await client.send(new ListEventBusesCommand({}));
    for (const { Name: EventBusName } of EventBuses) {
      const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName }));
      for (const { Name } of Rules) yield Name;
    }
  },
  dashboard: async function* () {
    const client = new CloudWatchClient({});
    for await (const { DashboardEntries = [] } of paginateListDashboards({ client }, {}))
      for (const { DashboardName } of DashboardEntries) yield DashboardName;
  },
  role: async function* () {
    for await (const { Roles = [] } of paginateListRoles({ client: new IAMClient({}) }, {}))
      for (const { RoleName } of Roles) yield RoleName;
  },
};

/** `<kind> <name>` of all that stands; compared before a deployment and after its end. */
export async function standing(): Promise<string[]> {
  const found: string[] = [];
  for (const [kind, names] of Object.entries(kinds))
    for await (const name of names()) found.push(`${kind} ${name}`);
  return found;
}
