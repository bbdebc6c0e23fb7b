import { RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** The keys that functions use and never see. Who may use one is said at each function; the key policies leave it to IAM. */
export class Keys extends Construct {
  /** Wraps the data keys of stored credentials. */
  readonly credentials: Key;
  /** Makes invitation links. KMS does not rotate HMAC keys; a new one ends the links that are out. */
  readonly invitations: Key;
  /** The keys that seal cursors and fingerprint requests are derived from it, each by its purpose. */
  readonly requests: Key;

  constructor(scope: Construct, id: string, { keepsData }: Settings) {
    super(scope, id);
    const removalPolicy = keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.credentials = new Key(this, 'Credentials', {
      description: 'Wraps the data keys of stored credentials',
      enableKeyRotation: true,
      removalPolicy,
    });
    const hmac = { keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC, removalPolicy };
    // Its id is from when it was the only one: another id is another key, under which no link is valid.
    this.invitations = new Key(this, 'Mac', { ...hmac, description: 'Makes invitation links' });
    this.requests = new Key(this, 'Requests', {
      ...hmac,
      description: 'Seals cursors, fingerprints requests',
    });
  }
}
