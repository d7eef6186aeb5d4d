// The identity of a file's content. Supervisor and workers compare these hashes.

import { createHash } from 'node:crypto'

/** Returns the hash of a content. Equal content has an equal hash in every process. */
export function contentHash(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('base64url')
}
