/** What a key is bound to: the same values must be given to open what was sealed. */
export type KeyContext = Readonly<Record<string, string>>;

/** The keys that the backend uses but never sees: KMS when deployed, a key file on a laptop. */
export type Keyring = {
  /** A fresh 256-bit data key, in the clear and wrapped under the credentials key. */
  newDataKey(context: KeyContext): Promise<{ plaintext: Uint8Array; wrapped: Uint8Array }>;
  /** Opens a wrapped data key. Only the services group may. */
  openDataKey(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  /** HMAC-SHA-256 under the MAC key, 32 bytes. */
  mac(message: string): Promise<Uint8Array>;
  /** Seals list cursors and fingerprints requests; derived from the MAC key once per process. */
  cursorKey(): Promise<Uint8Array>;
};
