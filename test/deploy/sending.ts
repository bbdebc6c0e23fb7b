import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  paginateListRolePolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';

const name = 'sending-in-the-emulator';

/**
 * Makes the sender's domain known to SES, as operators do. SES checks the right to send on that identity, the emulator
 * on `*`: the roles that may send as the identity, may send there as well until the answer is called; no other role.
 */
export async function allowSending(domain: string, prefix: string): Promise<() => Promise<void>> {
  await new SESv2Client({}).send(new CreateEmailIdentityCommand({ EmailIdentity: domain }));
  const client = new IAMClient({});
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ses:SendEmail', Resource: '*' }],
  });
  const senders: string[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client }, {}))
    for (const { RoleName = '' } of Roles)
      if (RoleName.startsWith(prefix) && (await maySend(client, RoleName))) senders.push(RoleName);
  for (const RoleName of senders)
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: name, PolicyDocument }));
  return async () => {
    for (const RoleName of senders)
      await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: name }));
    client.destroy();
  };
}

async function maySend(client: IAMClient, RoleName: string): Promise<boolean> {
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName }))
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      if (decodeURIComponent(PolicyDocument).includes('"ses:SendEmail"')) return true;
    }
  return false;
}
