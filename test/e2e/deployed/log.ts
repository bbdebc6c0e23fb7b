import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';

/** What all functions and the API of a deployment have logged since `startTime`, line by line. */
export async function logOf(name: string, startTime: number): Promise<string> {
  const client = new CloudWatchLogsClient({});
  try {
    const lines: string[] = [];
    for await (const { logGroups = [] } of paginateDescribeLogGroups(
      { client },
      { logGroupNamePrefix: `${name}-` },
    ))
      for (const { logGroupName } of logGroups)
        for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime }))
          lines.push(...events.map(({ message = '' }) => message));
    return lines.join('\n');
  } finally {
    client.destroy();
  }
}
