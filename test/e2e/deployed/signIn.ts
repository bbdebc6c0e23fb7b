import { randomUUID } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Deployment } from './settings.ts';

export type Person = { email: string; name?: string | undefined; orgId?: string | undefined };

export type SignIn = {
  /** An access token of somebody whose email is verified; they are made at their first sign-in. */
  person(person: Person): Promise<string>;
  /** An access token by client credentials. */
  machine(scope: string): Promise<string>;
  /** Takes away everybody who was made. */
  close(): Promise<void>;
};

/** Of the form that every pool takes, and new at each sign-in: nothing to keep. */
const newPassword = () => `Aa1!${randomUUID()}`;

/** Signs people and machines in to the user pool of a deployment. */
export function signInTo(deployment: Deployment): SignIn {
  const cognito = new CognitoIdentityProviderClient({});
  const { userPoolId: UserPoolId, peopleClientId: ClientId } = deployment;
  /** By email: as whom a person was made, once they are. */
  const people = new Map<string, Promise<Person>>();

  const attributes = ({ email, name }: Person) => [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
    ...(name ? [{ Name: 'name', Value: name }] : []),
  ];

  /** The name of the user that a person is. */
  async function ensure(person: Person): Promise<string> {
    const key = person.email.toLowerCase();
    const made = people.get(key)?.then((known) => renamed(known, person)) ?? make(person);
    people.set(key, made);
    return (await made).email;
  }

  async function make(person: Person): Promise<Person> {
    const user = { UserPoolId, Username: person.email, UserAttributes: attributes(person) };
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    return person;
  }

  async function renamed(known: Person, { name }: Person): Promise<Person> {
    if (!name || name === known.name) return known;
    const UserAttributes = [{ Name: 'name', Value: name }];
    await cognito.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId, Username: known.email, UserAttributes }),
    );
    return { ...known, name };
  }

  /**
   * The token trigger is told which organization is wanted only in the answer to a challenge; a password that must be
   * changed brings one about:
   * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html
   */
  async function person(who: Person): Promise<string> {
    const Username = await ensure(who);
    const Password = newPassword();
    await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: false }));
    const { Session, ChallengeName } = await cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: Password },
      }),
    );
    if (ChallengeName !== 'NEW_PASSWORD_REQUIRED') throw new Error(`Challenged with ${ChallengeName}.`);
    const { AuthenticationResult } = await cognito.send(
      new AdminRespondToAuthChallengeCommand({
        UserPoolId,
        ClientId,
        Session,
        ChallengeName,
        ChallengeResponses: { USERNAME: Username, NEW_PASSWORD: newPassword() },
        ...(who.orgId && { ClientMetadata: { orgId: who.orgId } }),
      }),
    );
    if (!AuthenticationResult?.AccessToken) throw new Error('Cognito gave no access token.');
    return AuthenticationResult.AccessToken;
  }

  async function machine(scope: string): Promise<string> {
    const id = scope === 'workspaces/support' ? deployment.supportClientId : deployment.servicesClientId;
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId: id }),
    );
    const secret = `${id}:${UserPoolClient?.ClientSecret}`;
    const answer = await fetch(deployment.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    if (!answer.ok) throw new Error(`No token of a machine: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  return {
    person,
    machine,
    async close() {
      for (const made of people.values())
        await cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username: (await made).email }));
      cognito.destroy();
    },
  };
}
