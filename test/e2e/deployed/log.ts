import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

/** What the functions and the API of these stacks have logged since `startTime`, line by line. */
export async function logOf(stacks: readonly string[], startTime: number): Promise<string> {
  const client = new CloudWatchLogsClient({});
  const lines: string[] = [];
  for (const logGroupName of await logGroupsOf(stacks))
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime }))
      lines.push(...events.map(({ message = '' }) => message));
  client.destroy();
  return lines.join('\n');
}

async function logGroupsOf(stacks: readonly string[]): Promise<string[]> {
  const client = new CloudFormationClient({});
  const names: string[] = [];
  for (const StackName of stacks)
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
      for (const { ResourceType, PhysicalResourceId = '' } of StackResourceSummaries)
        if (ResourceType === 'AWS::Logs::LogGroup') names.push(PhysicalResourceId);
  client.destroy();
  return names;
}
