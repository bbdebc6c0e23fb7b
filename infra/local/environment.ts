import { fileURLToPath } from 'node:url';
import { namespaceOf } from '../../functions/metrics/names.ts';
import type { DataDirectory } from './dataDirectory.ts';

export const tableName = 'workspaces';

/**
 * What the deployed functions are told by their environment, with what stands for it here. Settings of an AWS account
 * that this machine may have are left out, so that nothing local can reach it.
 */
export function functionEnvironment(
  outside: NodeJS.ProcessEnv,
  { directory, endpoint, url }: { directory: DataDirectory; endpoint: string; url: string },
): NodeJS.ProcessEnv {
  const inherited = Object.entries(outside).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(inherited),
    TABLE_NAME: tableName,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    CREDENTIALS_KEY: `file:${directory.keys}`,
    INVITATIONS_KEY: `file:${directory.keys}`,
    REQUESTS_KEY: `file:${directory.keys}`,
    MAIL: `file:${directory.mailbox}`,
    EVENT_BUS: `file:${directory.events}`,
    INVITATION_URL: `${url}/invitations/accept`,
    API_REFERENCE_DIR: fileURLToPath(new URL('../../node_modules/swagger-ui-dist', import.meta.url)),
    POWERTOOLS_SERVICE_NAME: 'workspaces',
    POWERTOOLS_METRICS_NAMESPACE: namespaceOf('local'),
  };
}
