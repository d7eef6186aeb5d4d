// The data of the inspector of a running application.

import { parseRunProblem } from '@myfy/core/runtime'
import { InspectorError } from './errors.ts'

/** The address of an inspector. */
export interface InspectorAddress {
  /** The URL of the inspector. Default: `http://localhost:8000/_myfy`. */
  readonly url?: string
  /** The token of the inspector; none under `myfy run`. */
  readonly token?: string | undefined
}

/** A request or task as the inspector has recorded it. */
export interface WorkData {
  readonly id: string
  readonly name: string
  readonly route?: string
  readonly status?: number
  readonly ms?: number
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
  readonly [field: string]: unknown
}

/** The data of an inspector, as far as the tools read it. */
export interface Inspection {
  readonly application: unknown
  readonly modules: ReadonlyArray<{ readonly name: string; readonly [field: string]: unknown }>
  readonly boot: unknown
  readonly work: readonly unknown[]
  readonly requests: readonly WorkData[]
  readonly tasks: readonly WorkData[]
  readonly reloads: readonly unknown[]
  readonly settings: ReadonlyArray<{ readonly variable: string; readonly key: string }>
  readonly problems: readonly unknown[]
  readonly stop: unknown
}

/** The time limit of a request to the inspector, in ms. */
const TIMEOUT_MS = 5_000

/** Returns the data of an inspector. @throws InspectorError if it gives none */
export async function fetchInspection({
  url = 'http://localhost:8000/_myfy',
  token,
}: InspectorAddress): Promise<Inspection> {
  const unavailable = (reason: string, fix: string, cause?: unknown) =>
    new InspectorError(`Cannot inspect ${url}: ${reason}. ${fix}.`, { cause })
  let response: Response
  try {
    response = await fetch(`${url.replace(/\/$/, '')}/data.json`, {
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError')
      throw unavailable(
        `it did not answer within ${TIMEOUT_MS / 1_000} s, because it starts, drains, or is blocked`,
        'Look into its log, or ask again',
        cause,
      )
    throw unavailable(
      'it is not reachable, because it starts, drains, has ended, or was not started',
      'Look into its log, start it with `myfy run`, or name its inspector with --url',
      cause,
    )
  }
  if (response.status === 401 || response.status === 403)
    throw unavailable(
      `it answered ${response.status}`,
      'Set MYFY_INSPECTOR_TOKEN to its token, or ask from the machine that it runs on',
    )
  if (response.status === 404)
    throw unavailable(
      'it has no inspector',
      'Run the application with `myfy run`, or configure `inspector: { token }` of its WebModule',
    )
  const problem = response.status === 503 ? parseRunProblem(await response.text()) : undefined
  if (problem !== undefined)
    throw new InspectorError(
      `Cannot inspect ${url}: the application has not run since ${problem.since}. ${problem.error}`,
    )
  if (!response.ok) throw unavailable(`it answered ${response.status}`, 'Look into its log')
  return (await response.json()) as Inspection
}
