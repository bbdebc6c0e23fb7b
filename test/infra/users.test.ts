import { expect, test } from 'vitest';
import { environments } from '../../infra/settings.ts';
import { onlyOne, type Properties, propertiesOf, synthesized } from './synthesized.ts';

const dev = synthesized(environments.dev);
const prod = synthesized(environments.prod);

const [people, support, services, ...otherClients] = clientsOf(prod);

test('people sign in with an email that was verified, also after they change it', () => {
  expect(onlyOne(prod, 'AWS::Cognito::UserPool')).toMatchObject({
    UsernameAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    DeletionProtection: 'ACTIVE',
    EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', From: 'invitations@workspaces.example' },
  });
});

test('access tokens pass through the trigger that may change them', () => {
  const { LambdaConfig, UserPoolTier } = onlyOne(prod, 'AWS::Cognito::UserPool');

  expect(LambdaConfig).toEqual({
    PreTokenGenerationConfig: {
      LambdaArn: { Ref: expect.stringMatching(/^tokenTriggerLive/) },
      LambdaVersion: 'V2_0',
    },
  });
  expect(UserPoolTier).toBe('ESSENTIALS');
});

test('people get a code, no secret and no scope of support or services', () => {
  expect(people).toMatchObject({
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email', 'profile'],
    GenerateSecret: false,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
    CallbackURLs: ['https://app.workspaces.example/signed-in'],
    LogoutURLs: ['https://app.workspaces.example/'],
    AccessTokenValidity: 15,
  });
});

test.each([
  { name: 'support', client: support, scopes: ['support'] },
  { name: 'services', client: services, scopes: ['credentials.read', 'authorization.write'] },
])('$name gets tokens for its own scopes alone, and signs nobody in', ({ client, scopes }) => {
  expect(client).toMatchObject({
    AllowedOAuthFlows: ['client_credentials'],
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const granted = [client?.AllowedOAuthScopes]
    .flat()
    .map((scope) => /"\/([\w.]+)"/.exec(JSON.stringify(scope))?.[1]);
  expect(granted).toEqual(scopes);
  expect(otherClients).toEqual([]);
});

test('the scopes are those of the routes', () => {
  const { Identifier, Scopes } = onlyOne(prod, 'AWS::Cognito::UserPoolResourceServer');

  expect(Identifier).toBe('workspaces');
  expect((Scopes as { ScopeName: string }[]).map(({ ScopeName }) => ScopeName)).toEqual([
    'support',
    'credentials.read',
    'authorization.write',
  ]);
});

test('an administrator signs people in only where the settings say so', () => {
  const flows = (client: Properties | undefined) => client?.ExplicitAuthFlows;

  expect(flows(clientsOf(dev)[0])).toContain('ALLOW_ADMIN_USER_PASSWORD_AUTH');
  expect(flows(people)).not.toContain('ALLOW_ADMIN_USER_PASSWORD_AUTH');
});

function clientsOf(stacks: ReturnType<typeof synthesized>): Properties[] {
  return propertiesOf(stacks, 'AWS::Cognito::UserPoolClient');
}

test('clients find all that they need in the outputs', () => {
  for (const name of [
    'Issuer',
    'SignInUrl',
    'UserPoolId',
    'PeopleClientId',
    'SupportClientId',
    'ServicesClientId',
    'TableName',
  ])
    prod.stateful.hasOutput(name, {});
  for (const name of ['ApiUrl', 'EventBusName']) prod.stateless.hasOutput(name, {});
});
