// The last steps of an answer before it is framed: its entity tag, then its encoding.

import type { Reply } from '../response/reply.ts'
import type { Compression } from './compression.ts'
import { withEntityTag } from './entity-tag.ts'

/** The steps that apply to the answers of a route. */
export interface Delivery {
  readonly etag: boolean
  readonly compression: Compression | undefined
}

/** The part of a request that they depend on. */
export interface DeliveryRequest {
  readonly method: string
  /** The id of the request, for a problem document. */
  readonly id: string
  header(name: string): string | undefined
}

/** Applies the steps. The result is a promise only if a large body is encoded, or node:zlib must be loaded. */
export function deliver(
  reply: Reply,
  request: DeliveryRequest,
  { etag, compression }: Delivery,
): Reply | Promise<Reply> {
  const tagged = etag
    ? withEntityTag(
        reply,
        request.method,
        (name) => request.header(name),
        () => request.id,
      )
    : reply
  if (compression === undefined) return tagged
  return compression.encode(tagged, request.header('accept-encoding'), request.method)
}
