// The names of the semantic conventions that this package uses. A test compares them with those that OpenTelemetry
// publishes; as strings they cost no dependency.

/** The attributes of spans and metrics. */
export const ATTRIBUTES = {
  method: 'http.request.method',
  originalMethod: 'http.request.method_original',
  status: 'http.response.status_code',
  route: 'http.route',
  path: 'url.path',
  query: 'url.query',
  scheme: 'url.scheme',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  clientAddress: 'client.address',
  peerAddress: 'network.peer.address',
  peerPort: 'network.peer.port',
  userAgent: 'user_agent.original',
  protocolVersion: 'network.protocol.version',
  databaseSystem: 'db.system.name',
  databaseName: 'db.namespace',
  databaseSummary: 'db.query.summary',
  databaseStatus: 'db.response.status_code',
  messagingSystem: 'messaging.system.name',
  messagingOperation: 'messaging.operation.name',
  messagingType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  messageId: 'messaging.message.id',
  errorType: 'error.type',
} as const

/** The metrics. */
export const METRICS = {
  duration: 'http.server.request.duration',
  active: 'http.server.active_requests',
  database: 'db.client.operation.duration',
  processing: 'messaging.process.duration',
  consumed: 'messaging.client.consumed.messages',
  sent: 'messaging.client.sent.messages',
  sending: 'messaging.client.operation.duration',
} as const

/**
 * Returns the methods that are attributes as they are; any other is `_OTHER`, so that clients cannot invent series. The
 * conventions require that this environment variable replaces the list.
 */
export function knownMethods(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const given = env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS?.split(',').map((method) => method.trim())
  return new Set(given?.filter((method) => method !== '') ?? DEFAULT_METHODS)
}

const DEFAULT_METHODS: readonly string[] = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]

/** The boundaries that the conventions recommend for requests and for the processing of messages, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** The boundaries that the conventions recommend for operations of a database, in seconds. */
export const DATABASE_BUCKETS: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
