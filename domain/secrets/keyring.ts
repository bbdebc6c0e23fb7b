/** What a key is bound to: the same values must be given to open what was sealed. */
export type KeyContext = Readonly<Record<string, string>>;

/** Until when a call may take, in epoch milliseconds. */
export type Deadline = { deadline: number; now: () => Date };

/**
 * The keys that the backend uses but never sees: KMS when deployed, a key file on a laptop. Each purpose has a key of its
 * own, so that one can be replaced alone and each function uses only those that it needs.
 * A call throws `throttled` or `try_again` when the keys can't be reached before the deadline.
 */
export type Keyring = {
  /** A fresh 256-bit data key, in the clear and wrapped under the credentials key. */
  newDataKey(until: Deadline, context: KeyContext): Promise<{ plaintext: Uint8Array; wrapped: Uint8Array }>;
  /** Opens a wrapped data key. Only the services group may. */
  openDataKey(until: Deadline, wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  /** HMAC-SHA-256 under the invitations key, 32 bytes. Only what makes and opens links may. */
  invitationMac(until: Deadline, message: string): Promise<Uint8Array>;
  /** Seals list cursors; derived from the requests key, once per process. */
  cursorKey(until: Deadline): Promise<Uint8Array>;
  /** Fingerprints requests; derived from the requests key, once per process. */
  fingerprintKey(until: Deadline): Promise<Uint8Array>;
};

/** What each derived key is derived by: another text is another key. */
export const purposes = {
  cursors: 'cursor key, version 1',
  fingerprints: 'fingerprint key, version 1',
} as const;
