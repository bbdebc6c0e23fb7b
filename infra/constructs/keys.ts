import { RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** The keys that functions use and never see. Who may use one is said at each function; the key policies leave it to IAM. */
export class Keys extends Construct {
  /** Wraps the data keys of stored credentials. */
  readonly credentials: Key;
  /** Makes invitation links and seals cursors. KMS does not rotate HMAC keys; a new one ends the links that are out. */
  readonly mac: Key;

  constructor(scope: Construct, id: string, { keepsData }: Settings) {
    super(scope, id);
    const removalPolicy = keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.credentials = new Key(this, 'Credentials', {
      description: 'Wraps the data keys of stored credentials',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.mac = new Key(this, 'Mac', {
      description: 'Makes invitation links and seals cursors',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy,
    });
  }
}
