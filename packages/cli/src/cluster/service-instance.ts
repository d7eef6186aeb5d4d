// The identity of a worker in OpenTelemetry.

import { randomUUID } from 'node:crypto'

/** The attribute that tells processes of one service apart (semantic conventions, "Service"). */
const INSTANCE_ID = 'service.instance.id'

/**
 * Returns the value of `OTEL_RESOURCE_ATTRIBUTES` for a new process: with a separate id, so that a backend adds up
 * what several processes export. An id that is set is kept.
 */
export function withInstanceId(attributes: string | undefined): string {
  const list = (attributes ?? '').split(',').filter((attribute) => attribute.trim() !== '')
  const isSet = list.some((attribute) => attribute.split('=')[0]!.trim() === INSTANCE_ID)
  return isSet ? list.join(',') : [...list, `${INSTANCE_ID}=${randomUUID()}`].join(',')
}
