import { gunzipSync, gzipSync } from 'node:zlib';

/** JSON, gzipped: large values cost a write unit per KB. */
export function compress(value: unknown): Uint8Array {
  return gzipSync(JSON.stringify(value));
}

/** What `compress` made; the caller parses the shape. */
export function expand(bytes: Uint8Array): unknown {
  return JSON.parse(gunzipSync(bytes).toString());
}
