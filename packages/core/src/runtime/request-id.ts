// Ids of requests, as they arrive from outside.

/** Returns the trace id of a `traceparent` header; undefined if it is not valid (W3C Trace Context, section 3.2). */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, parentId, rest] = TRACEPARENT.exec(traceparent.trim()) ?? []
  if (traceId === undefined || version === 'ff' || (version === '00' && rest !== '')) return undefined
  return /^0+$/.test(traceId) || /^0+$/.test(parentId!) ? undefined : traceId
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(|-.*)$/

/** Reports whether an id that was set elsewhere can be used: it is logged, and sent in headers. */
export const isRequestId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.:+/=@-]{1,128}$/.test(value)
