import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CannotStart } from './cannotStart.ts';
import { engineConfig } from './table.ts';

const patienceMilliseconds = 5_000;

/** Throws `CannotStart` unless a DynamoDB answers there within five seconds. */
export async function checkEndpoint(endpoint: string): Promise<void> {
  const fault = await faultOf(endpoint);
  if (fault === undefined) return;
  throw new CannotStart(
    `DYNAMODB_ENDPOINT is ${endpoint}, but ${fault}. ` +
      'Start a DynamoDB there, name another one, or leave DYNAMODB_ENDPOINT out to use the embedded one.',
  );
}

async function faultOf(endpoint: string): Promise<string | undefined> {
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return 'that is no http or https URL';
  const client = new DynamoDBClient({ ...engineConfig(endpoint), maxAttempts: 1 });
  const abortSignal = AbortSignal.timeout(patienceMilliseconds);
  try {
    const { TableNames } = await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal });
    return Array.isArray(TableNames) ? undefined : 'what answers there is no DynamoDB';
  } catch (error) {
    if (abortSignal.aborted) return 'nothing answers there within five seconds';
    return faultIn(error);
  } finally {
    client.destroy();
  }
}

function faultIn(error: unknown): string {
  const {
    code,
    name,
    $metadata,
  }: { code?: unknown; name?: unknown; $metadata?: { httpStatusCode?: number } } =
    error instanceof Error ? error : {};
  if (typeof code === 'string') return `it can't be reached (${code})`;
  if ($metadata?.httpStatusCode !== undefined && name !== 'SyntaxError' && name !== 'UnknownError')
    return `the DynamoDB there refuses (${String(name)})`;
  return 'what answers there is no DynamoDB';
}
