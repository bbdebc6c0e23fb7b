import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  type IUserPoolClient,
  LambdaVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  UserPoolClientIdentityProvider,
  UserPoolEmail,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Scope } from '../../functions/http/route.ts';
import { domainOf, type Settings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';

const accessToken = { accessTokenValidity: Duration.minutes(15), enableTokenRevocation: true };
/** No way to sign in as a person; left out, Cognito would allow its default ways. */
const noSignIn = { authFlows: { userSrp: false } };

/** Who may get a token: people by signing in, support and services by their client's secret. */
export class Users extends Construct {
  readonly pool: UserPool;
  readonly signInUrl: string;
  readonly clients: Readonly<Record<'people' | 'support' | 'services', IUserPoolClient>>;

  constructor(scope: Construct, id: string, settings: Settings, tokenTrigger: IFunction) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      signInAliases: { email: true },
      signInCaseSensitive: false,
      // Whoever is invited makes their own account; without an invitation it leads to no organization.
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      // A changed address counts once it is verified: it is what invitations are accepted by.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true }, fullname: { mutable: true } },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      email:
        settings.signInMail === 'ses'
          ? UserPoolEmail.withSES({
              fromEmail: settings.mailSender,
              sesVerifiedDomain: domainOf(settings.mailSender),
            })
          : UserPoolEmail.withCognito(),
      // The least plan in which a trigger may change access tokens.
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: settings.keepsData,
      removalPolicy: settings.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(this.pool, {
      COG2: 'People choose: one-time codes are offered, and organizations differ in what they ask of their people.',
      COG8: 'The Plus plan costs per person and month; the token trigger needs no more than Essentials.',
    });
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, tokenTrigger, LambdaVersion.V2_0);
    const domain = this.pool.addDomain('Domain', { cognitoDomain: { domainPrefix: settings.signInDomain } });
    this.signInUrl = domain.baseUrl();
    const machine = this.machineClients();
    this.clients = {
      people: this.pool.addClient('People', {
        ...accessToken,
        generateSecret: false,
        authFlows: { userSrp: true, adminUserPassword: settings.adminSignIn },
        preventUserExistenceErrors: true,
        supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
        refreshTokenValidity: Duration.days(30),
        oAuth: {
          flows: { authorizationCodeGrant: true },
          scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
          callbackUrls: [...settings.signIn.callbackUrls],
          logoutUrls: [...settings.signIn.logoutUrls],
        },
      }),
      support: machine('Support', 'workspaces/support'),
      services: machine('Services', 'workspaces/credentials.read', 'workspaces/authorization.write'),
    };
  }

  /** By the pool's id: emulators answer the provider's URL in a form of their own. */
  get issuer(): string {
    return `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${this.pool.userPoolId}`;
  }

  private machineClients() {
    const scopes = {
      'workspaces/support': new ResourceServerScope({
        scopeName: 'support',
        scopeDescription: 'Organizations and their limits',
      }),
      'workspaces/credentials.read': new ResourceServerScope({
        scopeName: 'credentials.read',
        scopeDescription: 'Credentials of connections',
      }),
      'workspaces/authorization.write': new ResourceServerScope({
        scopeName: 'authorization.write',
        scopeDescription: 'State and accounts of authorizations',
      }),
    } as const satisfies Record<Scope, ResourceServerScope>;
    const server = this.pool.addResourceServer('Scopes', {
      identifier: 'workspaces',
      scopes: Object.values(scopes),
    });
    return (id: string, ...granted: Scope[]) =>
      this.pool.addClient(id, {
        ...accessToken,
        ...noSignIn,
        generateSecret: true,
        oAuth: {
          flows: { clientCredentials: true },
          scopes: granted.map((scope) => OAuthScope.resourceServer(server, scopes[scope])),
        },
      });
  }
}
